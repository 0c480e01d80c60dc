// failure_detail.hpp - facts about a failure, for programs, beside its code: numbers, names, keys and further failures.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/config_place.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/error.hpp>
#include <sshoal/key.hpp>

#include <optional>
#include <vector>

namespace sshoal SSHOAL_API {

/// One of the addresses of a name, and why there is no connection to it.
struct address_failure {
    endpoint address;
    failure why;
};

/// Facts about a failure; failure::detail() and error::detail() return them. A member that does not concern the failure is empty.
struct failure_detail {
    /// errc::disconnected: the number in the peer's SSH_MSG_DISCONNECT (RFC 4253 §11.1); it need not be a known one.
    std::optional<sshoal::disconnect_reason> disconnect_reason;
    /// errc::channel_open_refused: the number in the peer's SSH_MSG_CHANNEL_OPEN_FAILURE (RFC 4254 §5.1); it need not be a known
    /// one.
    std::optional<sshoal::open_failure> open_failure;
    /// The description in either message, printable.
    std::string peer_text;
    /// After a log-in that failed: the methods that the server would still take, if the server has named them.
    std::vector<std::string> server_methods;
    /// After a log-in that failed: the methods that were tried: "publickey (3 keys)", "password".
    std::vector<std::string> tried;
    /// After a host key was refused: the key that the server has shown, and the keys that were expected. No keys are expected of
    /// an unknown host.
    public_key shown_key;
    std::vector<public_key> expected_keys;
    /// After a TCP connection could not be made: the addresses that were tried, in order.
    std::vector<address_failure> addresses;
    /// errc::bad_configuration: where the setting is written.
    std::optional<config_place> place;
};

/// Returns: the failure with this detail in place of the one it has. Everything else of the failure stays.
failure with_detail(const failure& f, failure_detail detail);
/// Returns: a copy of the failure's detail; an empty one where the failure has none.
failure_detail detail_of(const failure& f);

} // namespace sshoal
