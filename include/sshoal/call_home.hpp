// call_home.hpp - SSH with the TCP roles exchanged (RFC 8071): a server behind a firewall dials out, and a client listens for it.
// The SSH roles stay: the one who has listened verifies a host key and logs in.
#pragma once

#include <sshoal/acceptor.hpp>
#include <sshoal/client_options.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/dial.hpp>
#include <sshoal/server_connection.hpp>

#include <string>

namespace sshoal SSHOAL_API {

/// The port on which clients listen for servers of NETCONF (RFC 8071 §5).
inline constexpr std::uint16_t call_home_port = 4334;

/// The server's part: connects to a client that listens, and serves the client on that connection.
/// Returns: the connection, when the client has logged in. Errors: those of connect_stream() and accept(). Cancellation: terminal.
/// Executor: any; the connection's strand is the caller's, or a new one.
awaitable<server_connection> call_home(endpoint client, server_options options, dial_options how = {});

/// The client's part: waits for the next server that calls, and logs in there. Servers are accepted one after the other: a program
/// for many servers starts take_call() several times side by side, or takes streams from the acceptor itself and gives each of
/// them to connect().
/// `name` is the host name under which the verifier knows the server's key; client_options::timeout() keeps a caller that says
/// nothing from holding up the next one. Returns, errors: those of stream_acceptor::accept() and of connect() over a stream.
/// Cancellation: terminal. Executor: any; the connection's strand is the caller's, or a new one.
awaitable<connection> take_call(stream_acceptor from, std::string name, client_options options);

} // namespace sshoal
