// ends.hpp - on top of rig.hpp: both ends of one channel, operations that run beside the test and can be cancelled, and patterns
// of bytes.
#pragma once

#include "rig.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <memory>

namespace rig {

/// A channel of type "test" that the client has opened and the server accepted.
struct ends {
    pair link;
    channel client, server;
};
awaitable<ends> channel_ends(server_options s = server_setup(), client_options c = client_setup(),
                             carrier over = carrier::memory);

/// Opens such a channel on a link that is there.
awaitable<void> open_channel_of(ends& e);

/// limits with receive windows of this size that do not grow.
limits window_of(std::uint32_t bytes);

/// The server takes channels of this type, or requests of this name, from now on. Runs on the server's own strand.
awaitable<channel_acceptor> listen_for(connection c, std::string type);
awaitable<request_acceptor> listen_for_requests(connection c, std::string name);

/// Bytes 0, 1, 2 ... of a sequence in which none of the first 60,000 positions look alike.
std::string pattern(std::size_t n);

inline std::span<std::byte> room(std::string& s) { return std::as_writable_bytes(std::span(s)); }

/// A program echoes n bytes.
awaitable<void> check_echo(connection client, server_connection server, std::size_t n);

/// Lets everything that is ready run.
awaitable<void> settle();

/// An operation in a coroutine of its own. Dropping this object leaves it running.
class beside {
public:
    template <class T>
    static beside start(const executor& ex, awaitable<T> operation)
    {
        beside b;
        asio::co_spawn(ex, work(std::move(operation), b.state_),
                       asio::bind_cancellation_slot(b.state_->signal.slot(), asio::detached));
        return b;
    }
    template <class T>
    static awaitable<beside> start_here(awaitable<T> operation)
    {
        const executor ex = co_await asio::this_coro::executor;
        beside b = start(ex, std::move(operation));
        co_await settle();
        co_return std::move(b);
    }
    /// On the executor that it was started on.
    void cancel(asio::cancellation_type type) { state_->signal.emit(type); }
    bool done() const noexcept { return state_->done; }
    const failure& result() const noexcept { return state_->result; }
    bool aborted() const { return done() && result().code() == asio::error::operation_aborted; }

private:
    struct state {
        asio::cancellation_signal signal;
        failure result;
        std::atomic<bool> done{false}; // may be looked at from another thread; then result is complete
    };
    template <class T>
    static awaitable<void> work(awaitable<T> operation, std::shared_ptr<state> s)
    {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        auto waiting = failure_of(std::move(operation));
        failure f = co_await std::move(waiting);
        s->result = std::move(f);
        s->done = true;
    }
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

constexpr auto stop_total = asio::cancellation_type::total;
constexpr auto stop_partial = asio::cancellation_type::partial;
constexpr auto stop_terminal = asio::cancellation_type::terminal;

} // namespace rig
