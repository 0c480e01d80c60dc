// failure_detail.hpp - what a program may want to know of a failure beside its code: numbers, names, keys and further failures.
#pragma once

#include <sshoal/endpoint.hpp>
#include <sshoal/error.hpp>
#include <sshoal/key.hpp>

#include <optional>
#include <vector>

namespace sshoal {

/// One of the addresses of a name, and why there is no connection to it.
struct address_failure {
    endpoint address;
    failure why;
};

/// Facts about a failure; failure::detail() and error::detail() refer to it. Each is empty where the failure is not about that.
struct failure_detail {
    /// errc::disconnected: the number in the peer's SSH_MSG_DISCONNECT (RFC 4253 §11.1); it need not be a known one.
    std::optional<sshoal::disconnect_reason> disconnect_reason;
    /// errc::channel_open_refused: the number in the peer's SSH_MSG_CHANNEL_OPEN_FAILURE (RFC 4254 §5.1); it need not be a
    /// known one.
    std::optional<sshoal::open_failure> open_failure;
    /// The description in either message, printable.
    std::string peer_text;
    /// A log-in that failed, where the server has said so: the methods that it would still take.
    std::vector<std::string> server_methods;
    /// A log-in that failed: the methods that were tried: "publickey (3 keys)", "password".
    std::vector<std::string> tried;
    /// A host key that was refused: the key that the server has shown, and those that were expected. None are expected of a host
    /// that is not known.
    public_key shown_key;
    std::vector<public_key> expected_keys;
    /// A TCP connection that could not be made: the addresses that were tried, in order.
    std::vector<address_failure> addresses;
};

/// Returns: the failure with this detail in place of the one it has. Everything else of the failure stays.
failure with_detail(const failure& f, failure_detail detail);
/// Returns: a copy of the failure's detail; an empty one where the failure has none.
failure_detail detail_of(const failure& f);

} // namespace sshoal
