// socket_stream.hpp - TCP and Unix sockets as byte streams.
#pragma once

#include "sshoal/byte_stream.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

namespace sshoal::net {

using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;

/// Which side opened the connection.
enum class opened_by { us, peer };

/// The socket becomes non-blocking; TCP sockets get TCP_NODELAY. Where we opened the connection, what arrives during log-in is
/// acknowledged at once (Linux): OpenSSH's server does not set TCP_NODELAY before the session is up, so that its small packets
/// wait for acknowledgements, of which each would be put off by 40 ms.
std::unique_ptr<byte_stream> make_socket_stream(stream_socket socket, opened_by);

/// "192.0.2.1 port 22", "2001:db8::1 port 22", "unix:/run/x".
std::string describe(const asio::generic::stream_protocol::endpoint&);
/// The address alone, empty for Unix sockets.
std::string address_of(const asio::generic::stream_protocol::endpoint&);

} // namespace sshoal::net
