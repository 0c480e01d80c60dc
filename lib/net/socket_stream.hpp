// socket_stream.hpp - TCP and Unix sockets as byte streams.
#pragma once

#include "sshoal/byte_stream.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

namespace sshoal::net {

using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;

/// The socket becomes non-blocking; TCP sockets get TCP_NODELAY.
std::unique_ptr<byte_stream> make_socket_stream(stream_socket socket);

/// "192.0.2.1 port 22", "2001:db8::1 port 22", "unix:/run/x".
std::string describe(const asio::generic::stream_protocol::endpoint&);
/// The address alone, empty for Unix sockets.
std::string address_of(const asio::generic::stream_protocol::endpoint&);

} // namespace sshoal::net
