// listener.hpp - a server socket: accepts TCP or Unix connections, logs clients in, and hands out those that have logged in.
#pragma once

#include <sshoal/acceptor.hpp>
#include <sshoal/api.hpp>
#include <sshoal/server_connection.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace sshoal SSHOAL_API {

/// A cheap handle; dropping the last handle stops listening. Connections go on. Each accepted connection gets a strand of its own
/// on the executor that the listener was given, so that connections run side by side if the executor has several threads.
class listener {
public:
    /// Binds and listens. Errors (thrown): socket errors with the address, errc::invalid_argument (no host key),
    /// errc::file_error, errc::bad_key.
    listener(const executor& ex, listen_address at, server_options options);
    listener(asio::io_context& ctx, listen_address at, server_options options);

    /// Returns: the next client that has logged in. Log-ins run side by side in the background from the first call on, so that a
    /// slow or hostile client delays no other client; the log tells of log-ins that failed. At most 128 logged-in clients wait to
    /// be taken; then log-ins wait.
    /// Errors: errc::closed after close(), which a loop around accept() should catch, or it comes out of io_context::run();
    /// socket errors that do not go away. When descriptors run out, accept() waits until there are some again. Cancellation:
    /// terminal, partial, total - no connection is lost. Executor: any.
    ///
    /// For each client, the program spawns a coroutine that loops over next_session() until that returns nothing; without the
    /// loop the client's sessions wait.
    awaitable<server_connection> accept();

    std::uint16_t port() const; ///< the port that was bound
    endpoint local() const;              ///< the address, with the port that was bound
    /// Returns: the number of open connections, those that are logging in included. May be called on any thread.
    std::size_t connections() const noexcept;
    /// Replaces the options: connections that are accepted from now on are served by them, and those that are open keep theirs. An
    /// admission object that the listener made for itself goes on with the new limits. May be called on any thread. Errors (thrown):
    /// errc::invalid_argument, errc::file_error, errc::bad_key, as by the constructor; then nothing has changed.
    void set_options(server_options options);
    /// Stops listening and drops the clients that are not logged in. Clients that are logged in stay, and accept() hands out
    /// those that wait. The socket may be closed a little later: await a post to get_executor() before you bind its address again.
    /// May be called on any thread.
    void close() noexcept;
    /// Does what close() does, drops the clients that accept() has not handed out, waits for the connections to end by
    /// themselves, and disconnects those that are left after `grace`.
    /// Returns: when no connection is left. Errors: operation_aborted. Cancellation: terminal, partial, total - open connections
    /// go on.
    /// Executor: any.
    awaitable<void> shutdown(std::chrono::nanoseconds grace);
    executor get_executor() const noexcept; ///< the listener's own strand

    struct impl;

private:
    struct handle;
    std::shared_ptr<handle> handle_;
};

} // namespace sshoal
