// client.hpp - connecting to a server.
#pragma once

#include <sshoal/client_options.hpp>
#include <sshoal/connection.hpp>

#include <string>

namespace sshoal {

/// Connects over TCP, verifies the host key and logs in (RFC 4253, RFC 4252).
/// Returns: a connection that is logged in, on the strand of the calling coroutine; called from an executor that is no strand, on a new one.
/// Errors: resolver and socket errors, errc::timed_out, errc::no_host_key_verifier, errc::host_key_rejected, errc::no_common_algorithm,
/// errc::authentication_failed (context: what was tried and what the server would take), errc::unknown_algorithm.
/// Cancellation: terminal - the stream is closed. Executor: any.
/// Lifetime: options are copied; the functions in them live as long as the connection.
awaitable<connection> connect(std::string host, client_options options);

/// The same over a stream that exists already: a Unix socket, a pair of pipes, a channel of another connection, memory. `host` is the name
/// that the host key is verified for. Where the stream has a home(), the connection lives there. Errors, cancellation, lifetime: as above.
awaitable<connection> connect(std::unique_ptr<byte_stream> stream, std::string host, client_options options);

} // namespace sshoal
