// crossing.hpp - how a member function of a handle becomes a coroutine: the work is written as one coroutine that runs on the
// connection's strand and returns an outcome; these wrappers take it to the strand and bring its result back, and throw.
#pragma once

#include "sshoal/error.hpp"
#include "sshoal/executor.hpp"

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <optional>

namespace sshoal::net {

/// A failed outcome<bool>. A failure converts to bool, so a plain `return f` would make a true outcome.
inline outcome<bool> failed_bool(failure f) { return outcome<bool>(boost::system::in_place_error, std::move(f)); }

/// Returns: the failure that a cancelled operation reports.
inline failure aborted() { return failure(error_code(asio::error::operation_aborted)); }

/// Runs `work` on the strand with every type of cancellation let through, and resumes on the caller's executor when the work has
/// ended. The function is compiled once, since results are passed beside it.
/// Errors (thrown): errc::closed for an empty executor, such as that of a connection whose io_context is gone; exceptions of
/// `work`.
awaitable<void> cross(executor strand, awaitable<void> work);

/// A result that is written on the strand and read by the caller. Both share it, since either may go first.
template <class T>
using crossing_result = std::shared_ptr<std::optional<outcome<T>>>;

template <class T>
awaitable<void> keep_outcome(awaitable<outcome<T>> work, crossing_result<T> to)
{
    outcome<T> r = co_await std::move(work);
    to->emplace(std::move(r));
}

/// Awaits `work` on the strand. Errors of the peer or the network are returned, never thrown.
template <class T>
awaitable<outcome<T>> or_failure(executor strand, awaitable<outcome<T>> work)
{
    const executor here = co_await asio::this_coro::executor;
    if (here == strand) {
        outcome<T> r = co_await std::move(work);
        co_return r;
    }
    const auto result = std::make_shared<std::optional<outcome<T>>>();
    auto there = cross(std::move(strand), keep_outcome<T>(std::move(work), result));
    co_await std::move(there);
    co_return std::move(**result);
}

/// Returns: the value of an outcome. Errors (thrown): its failure.
template <class T>
T taken(outcome<T>& r)
{
    if (!r)
        throw error(r.error());
    if constexpr (!std::is_void_v<T>)
        return std::move(*r);
}

template <class T>
awaitable<T> or_throw(executor strand, awaitable<outcome<T>> work)
{
    const executor here = co_await asio::this_coro::executor;
    if (here == strand) {
        outcome<T> r = co_await std::move(work);
        co_return taken(r);
    }
    const auto result = std::make_shared<std::optional<outcome<T>>>();
    auto there = cross(std::move(strand), keep_outcome<T>(std::move(work), result));
    co_await std::move(there);
    co_return taken(**result);
}

template <class T>
std::optional<T> unboxed(const std::unique_ptr<T>& box)
{
    return box ? std::optional<T>(std::move(*box)) : std::nullopt;
}

/// Does the same for a large result that many connections wait for: it is boxed, so that a frame has room for it once. Null: there is none.
template <class T>
awaitable<std::optional<T>> or_throw_boxed(executor strand, awaitable<outcome<std::unique_ptr<T>>> work)
{
    const executor here = co_await asio::this_coro::executor;
    if (here == strand) {
        outcome<std::unique_ptr<T>> r = co_await std::move(work);
        co_return unboxed(taken(r));
    }
    const auto result = std::make_shared<std::optional<outcome<std::unique_ptr<T>>>>();
    auto there = cross(std::move(strand), keep_outcome<std::unique_ptr<T>>(std::move(work), result));
    co_await std::move(there);
    co_return unboxed(taken(**result));
}

} // namespace sshoal::net
