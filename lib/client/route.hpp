// route.hpp - the way to a server: TCP, a command, or a channel of another connection.
#pragma once

#include "net/dialling.hpp"
#include "sshoal/client_options.hpp"

namespace sshoal::client {

/// Makes the stream for a connection to the host, as the options say. Errors: those of connect_tcp(), start_program() and, for the
/// hosts on the way, of connect() and open_tcp(). Cancellation: terminal.
awaitable<net::stream_outcome> reach_server(client_options options, std::string host);

} // namespace sshoal::client
