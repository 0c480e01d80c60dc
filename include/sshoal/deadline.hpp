// deadline.hpp - a time limit for any operation.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>

#include <chrono>
#include <optional>
#include <type_traits>
#include <utility>

namespace sshoal SSHOAL_API {

namespace detail {
awaitable<void> end_within(std::chrono::nanoseconds limit, awaitable<void> operation);
}

/// Awaits an operation for at most `limit`: run_result r = co_await within(5s, conn.run("uptime"));
/// Returns: the operation's result, also if the operation completes in the same moment as the deadline.
/// Errors: errc::timed_out after the limit, with the context "not done within 3 s", and behind it what the operation says of its
/// end, such as what became of a program; otherwise the operation's own.
/// Cancellation: terminal, passed on to the operation. At the deadline the operation is cancelled in the same way, and within()
/// waits for its end.
/// Executor: the caller's. Lifetime: everything that the operation refers to must live until within() returns.
template <class T>
awaitable<T> within(std::chrono::nanoseconds limit, awaitable<T> operation)
{
    if constexpr (std::is_void_v<T>) {
        co_await detail::end_within(limit, std::move(operation));
    } else {
        std::optional<T> result;
        co_await detail::end_within(limit, detail::keep_result(std::move(operation), result));
        co_return std::move(*result);
    }
}

} // namespace sshoal
