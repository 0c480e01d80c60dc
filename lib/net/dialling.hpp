// dialling.hpp - one TCP connection out of many addresses: attempts that overlap (RFC 8305 §4, §5), each with a limit of its own.
#pragma once

#include "net/socket_stream.hpp"
#include "sshoal/dial.hpp"

#include <vector>

namespace sshoal::net {

using tcp_endpoint = asio::generic::stream_protocol::endpoint;

/// The order in which addresses are tried: the families alternate, beginning with that of the first address; within a family the
/// order stays (RFC 8305 §4).
std::vector<tcp_endpoint> dialling_order(std::vector<tcp_endpoint> found, const dial_options&);

using stream_outcome = outcome<std::unique_ptr<byte_stream>>;

/// Connects to one of these addresses. `name` stands at the head of the error's context.
/// Cancellation: terminal, partial, total - all attempts are closed before it returns. Executor: the calling coroutine's.
awaitable<stream_outcome> dial(std::string name, std::vector<tcp_endpoint> addresses, dial_options);
/// connect_tcp() and connect_unix() without exceptions.
awaitable<stream_outcome> dial_tcp(std::string host, std::string port, dial_options);
awaitable<stream_outcome> dial_unix(std::string path);

} // namespace sshoal::net
