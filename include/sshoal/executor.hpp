// executor.hpp - where coroutines run: the names that sshoal uses from Asio, and spawn() and run(), which put code on a strand.
#pragma once

#include <sshoal/api.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace sshoal SSHOAL_API {

namespace asio = boost::asio;

/// The return type of every operation. A coroutine that was started with spawn(), run() or asio::co_spawn() awaits it with
/// co_await.
template <class T>
using awaitable = asio::awaitable<T, asio::any_io_executor>;

/// Any executor; each connection has one that is a strand.
using executor = asio::any_io_executor;

/// Starts a coroutine on a strand of its own (on `ex` itself if that is a strand already), so that the connections that the
/// coroutine opens share the strand and no operation hops between threads. An exception that leaves the coroutine comes out of
/// io_context::run().
/// Errors (thrown): errc::invalid_argument for an empty executor, or a handle that was moved from.
void spawn(const executor& ex, awaitable<void> coroutine);
void spawn(asio::io_context& ctx, awaitable<void> coroutine);

/// This function is called on the coroutine's strand when a coroutine has ended, with the exception that left the coroutine, or
/// with a null pointer.
using spawn_handler = std::function<void(std::exception_ptr)>;
/// Starts a coroutine in the same way, for a program that counts the coroutines under way, waits for their ends, or handles their
/// exceptions.
void spawn(const executor& ex, awaitable<void> coroutine, spawn_handler ended);
void spawn(asio::io_context& ctx, awaitable<void> coroutine, spawn_handler ended);

/// Any type with get_executor(): a connection, channel, process, session or listener.
template <class T>
concept has_strand = requires(const T& t) { executor(t.get_executor()); } && !std::derived_from<T, asio::io_context> &&
                     !std::convertible_to<const T&, executor>;

namespace detail {

template <class F>
concept starts_coroutine = std::same_as<std::invoke_result_t<F&>, awaitable<void>>;

/// Keeps a function, and what its captures own, until the coroutine that it returns has ended.
template <starts_coroutine F>
awaitable<void> call_and_keep(F function)
{
    co_await function();
}

} // namespace detail

/// Starts a coroutine on the strand of `at`. If `at` belongs to a connection, an error ends only the coroutine:
///
/// - Reads and writes throw when a channel or its connection ends. Such an error, and a cancellation, is logged at
///   log_level::debug.
/// - Any other system_error, such as that of a socket of the program's own or of another connection, is logged at
///   log_level::warning.
/// - Any other exception is logged at log_level::error; on a connection without a log function it comes out of
///   io_context::run(), as for a listener, so that no bug is silent.
template <has_strand T>
void spawn(const T& at, awaitable<void> coroutine)
{
    if constexpr (requires { spawn_handler(end_of_spawned(at)); })
        spawn(executor(at.get_executor()), std::move(coroutine), end_of_spawned(at));
    else
        spawn(executor(at.get_executor()), std::move(coroutine));
}
template <has_strand T>
void spawn(const T& at, awaitable<void> coroutine, spawn_handler ended)
{
    spawn(executor(at.get_executor()), std::move(coroutine), std::move(ended));
}

/// Starts the coroutine that `function` returns: spawn(connection, [x]() -> awaitable<void> { ... }). The function and its captures
/// live until the coroutine has ended; a lambda that the caller calls itself would be gone at the first wait.
template <class At, detail::starts_coroutine F>
    requires(has_strand<At> || std::convertible_to<const At&, executor>)
void spawn(const At& at, F function)
{
    spawn(at, detail::call_and_keep(std::move(function)));
}
template <class At, detail::starts_coroutine F>
    requires(has_strand<At> || std::convertible_to<const At&, executor>)
void spawn(const At& at, F function, spawn_handler ended)
{
    spawn(at, detail::call_and_keep(std::move(function)), std::move(ended));
}
template <detail::starts_coroutine F>
void spawn(asio::io_context& ctx, F function)
{
    spawn(ctx, detail::call_and_keep(std::move(function)));
}

namespace detail {

void run_to_end(awaitable<void> (*start)(void* function, executor), void* function);

template <class F>
auto call_with(F& f, executor ex)
{
    if constexpr (std::is_invocable_v<F&, executor>)
        return f(std::move(ex));
    else
        return f();
}
template <class T>
awaitable<void> keep_result(awaitable<T> work, std::optional<T>& result)
{
    result.emplace(co_await std::move(work));
}

} // namespace detail

/// For main functions: makes an io_context and runs on one of its strands the coroutine that `function` returns. `function` is
/// called with the strand's executor, or without arguments. Returns: the coroutine's result, when it has ended. Errors: the
/// exception that left the coroutine. Other coroutines that are still under way at that time are destroyed where they wait.
template <class F>
auto run(F function)
{
    using result = typename decltype(detail::call_with(function, executor()))::value_type;
    if constexpr (std::is_void_v<result>) {
        detail::run_to_end([](void* f,
                              executor ex) -> awaitable<void> { return detail::call_with(*static_cast<F*>(f), std::move(ex)); },
                           &function);
    } else {
        struct work {
            F& function;
            std::optional<result> r;
        } w{function, {}};
        detail::run_to_end(
            [](void* p, executor ex) -> awaitable<void> {
                work& mine = *static_cast<work*>(p);
                return detail::keep_result(detail::call_with(mine.function, std::move(ex)), mine.r);
            },
            &w);
        return std::move(*w.r);
    }
}

} // namespace sshoal
