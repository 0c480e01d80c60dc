// socket_stream.hpp - TCP and Unix sockets as byte streams.
#pragma once

#include "sshoal/byte_stream.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

namespace sshoal::net {

using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;

/// The side that opened the connection.
enum class opened_by { us, peer };

/// The socket becomes non-blocking; TCP sockets get TCP_NODELAY. On a connection that this side opened, bytes that arrive during
/// log-in are acknowledged at once (Linux): OpenSSH's server does not set TCP_NODELAY before the session is up, so its small
/// packets wait for acknowledgements, each of which the kernel would delay by 40 ms.
std::unique_ptr<byte_stream> make_socket_stream(stream_socket socket, opened_by);

/// byte_stream::set_traffic_class() of a socket.
error_code mark_socket(int socket, int octet) noexcept;

/// Converts an endpoint of Asio. An IPv4 address that is written as an IPv6 one becomes IPv4.
endpoint endpoint_of(const asio::generic::stream_protocol::endpoint&);

} // namespace sshoal::net
