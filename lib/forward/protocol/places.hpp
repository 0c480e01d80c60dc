// places.hpp - endpoints in the messages of forwarding (RFC 4254 §7.1 and §7.2; OpenSSH's PROTOCOL §2.4).
#pragma once

#include "base/bytes.hpp"
#include "sshoal/endpoint.hpp"

#include <string>
#include <string_view>

namespace sshoal::forward {

/// The type and the body of a channel open.
struct opening {
    std::string_view type; ///< of the messages in wire/forwarding_requests.hpp
    bytes body;
};

/// A stream from the server to `target`. `originator` may be an endpoint without address.
/// Errors: errc::invalid_argument for a target without address.
outcome<opening> direct_opening(const endpoint& target, const endpoint& originator);

/// The two ends that a channel open names.
struct stream_ends {
    endpoint target, originator;
};
/// Reads the body of direct-tcpip and direct-streamlocal@openssh.com, or of their forwarded- counterparts, whose target is the
/// address that listens.
/// Errors: errc::malformed_message; errc::invalid_argument for a host, port or path that no socket can have.
outcome<stream_ends> read_opening(std::string_view type, byte_view body);

/// The longest host name or path in a message.
constexpr std::size_t most_host = 1024;

} // namespace sshoal::forward
