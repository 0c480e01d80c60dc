// operation.hpp - how a member function of a handle becomes a coroutine: the work is written as one coroutine that runs on the
// connection's strand and returns an outcome; these wrappers hop there and back where needed, and throw.
#pragma once

#include "sshoal/error.hpp"
#include "sshoal/executor.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <boost/asio/error.hpp>

namespace sshoal::session {

/// A failed outcome<bool>; failure itself converts to bool, so it has to be said in full.
inline outcome<bool> failed_bool(failure f) { return outcome<bool>(boost::system::in_place_error, std::move(f)); }

/// What a cancelled operation reports.
inline failure aborted() { return failure(error_code(asio::error::operation_aborted)); }

/// Runs `work` on the strand with every type of cancellation let through; its own waits decide which they honour.
template <class T>
awaitable<outcome<T>> hopped(awaitable<outcome<T>> work)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    outcome<T> r = co_await std::move(work);
    co_return r;
}

/// Awaits `work` where it belongs. Never throws for what the peer or the network did.
template <class T>
awaitable<outcome<T>> on_strand(executor strand, awaitable<outcome<T>> work)
{
    const executor here = co_await asio::this_coro::executor;
    if (here == strand) {
        outcome<T> r = co_await std::move(work);
        co_return r;
    }
    auto there = asio::co_spawn(strand, hopped(std::move(work)), asio::use_awaitable);
    outcome<T> r = co_await std::move(there);
    co_return r;
}

template <class T>
awaitable<T> or_throw(executor strand, awaitable<outcome<T>> work)
{
    const executor here = co_await asio::this_coro::executor;
    if (here == strand) {
        outcome<T> r = co_await std::move(work);
        if (!r)
            throw error(r.error());
        if constexpr (!std::is_void_v<T>)
            co_return std::move(*r);
    } else {
        auto there = asio::co_spawn(strand, hopped(std::move(work)), asio::use_awaitable);
        outcome<T> r = co_await std::move(there);
        if (!r)
            throw error(r.error());
        if constexpr (!std::is_void_v<T>)
            co_return std::move(*r);
    }
}

template <class T>
awaitable<T> or_code(executor strand, awaitable<outcome<T>> work, error_code& ec)
{
    outcome<T> r = co_await on_strand(std::move(strand), std::move(work));
    ec = r ? error_code() : r.error().code();
    if constexpr (!std::is_void_v<T>)
        co_return r ? std::move(*r) : T();
}

} // namespace sshoal::session
