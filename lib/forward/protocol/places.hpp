// places.hpp - endpoints in the messages of forwarding (RFC 4254 §7.1 and §7.2; OpenSSH's PROTOCOL §2.4).
#pragma once

#include "base/bytes.hpp"
#include "sshoal/endpoint.hpp"

#include <string>
#include <string_view>

namespace sshoal::forward {

/// The type and the body of a channel open, or the name and the body of a global request.
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

/// A stream that has arrived at `listening`, the address as the client asked for it, with the port that was bound.
opening forwarded_opening(const endpoint& listening, const endpoint& originator);

/// Asks the server to listen, or to end that.
/// Errors: errc::invalid_argument for an endpoint without address.
enum class listen_verb : unsigned char { begin, cancel };
outcome<opening> listen_request(const endpoint& at, listen_verb v);
/// Reads the body of such a request. Errors: as read_opening().
outcome<endpoint> read_listen(std::string_view name, byte_view body);
/// The body of a reply: the port, if the client has asked for any port.
bytes listen_reply(std::uint16_t port);
outcome<std::uint16_t> read_listen_reply(byte_view body);

/// The longest host name or path in a message.
constexpr std::size_t most_host = 1024;

} // namespace sshoal::forward
