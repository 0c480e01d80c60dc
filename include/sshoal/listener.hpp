// listener.hpp - a server socket: accepts TCP or Unix connections, logs clients in, and hands out those that have logged in.
#pragma once

#include <sshoal/acceptor.hpp>
#include <sshoal/server_connection.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace sshoal {

/// A cheap handle; dropping the last one stops listening. Connections go on. Each accepted connection gets a strand of its own on
/// the executor that the listener was given, so connections run side by side where that has several threads.
class listener {
public:
    /// Binds and listens. Errors (thrown): socket errors with the address, errc::invalid_argument (no host key),
    /// errc::file_error, errc::bad_key.
    listener(const executor& ex, listen_address at, server_options options);
    listener(asio::io_context& ctx, listen_address at, server_options options);

    /// Returns: the next client that has logged in. Log-ins run beside each other in the background from the first call on, so a
    /// slow or hostile client holds up nobody; failed ones go to the log. At most 128 logged-in clients wait to be taken; then
    /// log-ins wait.
    /// Errors: errc::closed after close(), which a loop around accept() catches where it is not to leave io_context::run();
    /// socket errors that do not go away. A lack of descriptors is waited out. Cancellation: terminal, partial, total - no
    /// connection is lost. Executor: any.
    ///
    /// What to do with it: spawn a coroutine that loops over next_session() until that returns nothing, or the client's programs
    /// wait.
    awaitable<server_connection> accept();

    std::uint16_t port() const noexcept; ///< the one that was bound
    endpoint local() const;              ///< where it listens
    /// Connections that are open, those that are logging in among them. Any thread.
    std::size_t connections() const noexcept;
    /// Stops listening and drops clients that are not logged in; those that are go on, and accept() hands out those that wait.
    /// Any thread.
    void close() noexcept;
    /// close(), drops the clients that nobody has taken, waits for the connections to end by themselves, and after `grace`
    /// disconnects those that are left.
    /// Returns: when none is left. Errors: operation_aborted. Cancellation: terminal, partial, total - what is open goes on.
    /// Executor: any.
    awaitable<void> shutdown(std::chrono::nanoseconds grace);
    executor get_executor() const noexcept; ///< the listener's own strand

    struct impl;

private:
    struct handle;
    std::shared_ptr<handle> handle_;
};

} // namespace sshoal
