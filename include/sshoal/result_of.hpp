// result_of.hpp - awaits an operation and returns its failure as a value instead of an exception.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>
#include <sshoal/executor.hpp>

#include <type_traits>
#include <utility>

namespace sshoal SSHOAL_API {

namespace detail {
/// Returns: the failure of an `error`; a failure with the code of any other exception.
failure failure_in(const boost::system::system_error& thrown);
} // namespace detail

/// Awaits an operation, for programs to which its failure is an ordinary answer:
///
///     outcome<channel> tunnel = co_await result_of(conn.open_tcp("db.internal", 5432));
///
/// Returns: the operation's result, or its failure; operation_aborted is a failure too. Errors: exceptions that are no
/// boost::system::system_error, which an operation throws only for a bug or for lack of memory.
/// Cancellation: that of the operation. Executor: the caller's. Lifetime: everything that the operation refers to must live until
/// result_of() returns.
template <class T>
awaitable<outcome<T>> result_of(awaitable<T> operation)
{
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(operation);
            co_return outcome<void>(boost::system::in_place_value);
        } else {
            T value = co_await std::move(operation);
            co_return outcome<T>(boost::system::in_place_value, std::move(value));
        }
    } catch (const boost::system::system_error& e) {
        co_return outcome<T>(boost::system::in_place_error, detail::failure_in(e));
    }
}

} // namespace sshoal
