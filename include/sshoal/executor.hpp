// executor.hpp - where coroutines run: the names sshoal uses of Asio, and spawn() and run(), which put user code on a strand.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <type_traits>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace sshoal {

namespace asio = boost::asio;

/// What every operation returns: awaited with co_await from a coroutine that was started with spawn(), run() or asio::co_spawn().
template <class T>
using awaitable = asio::awaitable<T, asio::any_io_executor>;

/// Any executor; each connection has one that is a strand.
using executor = asio::any_io_executor;

/// Starts a coroutine on a strand of its own (on `ex` itself if that is a strand already), so that connections which it opens share
/// the strand and nothing hops between threads. An exception that leaves the coroutine comes out of io_context::run().
/// Errors (thrown): errc::invalid_argument for an empty executor, or a handle that was moved from.
void spawn(const executor& ex, awaitable<void> coroutine);
void spawn(asio::io_context& ctx, awaitable<void> coroutine);

/// Starts a coroutine on the strand of a connection, channel or listener: anything with get_executor().
template <class T>
    requires requires(const T& t) { executor(t.get_executor()); } && (!std::is_base_of_v<asio::io_context, T>) && (!std::is_convertible_v<const T&, executor>)
void spawn(const T& at, awaitable<void> coroutine)
{
    spawn(executor(at.get_executor()), std::move(coroutine));
}

namespace detail {
void run_to_end(awaitable<void> (*start)(void* function, executor), void* function);
}

/// For main functions: makes an io_context, runs the coroutine that `function` returns on a strand of it, and returns when that has
/// ended; an exception that leaves it is thrown here. `function` is called with the strand's executor, or with nothing.
template <class F>
void run(F function)
{
    detail::run_to_end(
        [](void* f, executor ex) -> awaitable<void> {
            if constexpr (std::is_invocable_v<F&, executor>)
                return (*static_cast<F*>(f))(std::move(ex));
            else
                return (*static_cast<F*>(f))();
        },
        &function);
}

} // namespace sshoal
