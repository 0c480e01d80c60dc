// client.hpp - connecting to a server.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/client_options.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/target.hpp>

#include <string>

namespace sshoal SSHOAL_API {

/// Connects over TCP, verifies the host key and logs in (RFC 4253, RFC 4252).
///
/// With g++ 12, make the options in a statement of their own:
///
///     auto options = client_options().user("alice").password([secret](std::string, unsigned) { return ask(secret); });
///     connection conn = co_await connect("example.org", options);
///
/// A lambda that captures a value, or a braced list, inside the statement with co_await is destroyed twice by that compiler
/// (docs/compiler-notes.md).
///
/// Returns: a connection that is logged in. The connection lives on the strand of the calling coroutine, or on a new strand if
/// the calling coroutine's executor is no strand.
/// Errors, with a context that begins with "user@host:port": resolver and socket errors, errc::timed_out,
/// errc::no_host_key_verifier, errc::host_key_unknown, errc::host_key_changed, errc::host_key_rejected,
/// errc::no_common_algorithm, errc::bad_identification, errc::authentication_failed (context: the methods that were tried, and
/// those that the server would take), errc::unknown_algorithm, errc::invalid_argument (an option, or a host that is
/// empty or has a user or port in it),
/// errc::file_error and other errors of an identity file.
/// Cancellation: terminal - the stream is closed. Executor: any.
/// Lifetime: options are copied; the functions in them live as long as the connection.
awaitable<connection> connect(std::string host, client_options options);

/// Connects to the host of a target, with the user and the port that the target has; the options' own count for those that it
/// does not have: connect(parse_target(argv[1]).value(), options). The rest is as above.
awaitable<connection> connect(const login_target& to, client_options options);

/// Connects over a stream that exists already: a Unix socket, a pair of pipes, a channel of another connection, memory. The host
/// key is verified for the name `host`. If the stream has a home(), the connection lives there. Errors, cancellation, lifetime:
/// as above.
awaitable<connection> connect(std::unique_ptr<byte_stream> stream, std::string host, client_options options);
/// The same with the user and the port of a target; the host key is verified for its host and port.
awaitable<connection> connect(std::unique_ptr<byte_stream> stream, const login_target& to, client_options options);

} // namespace sshoal
