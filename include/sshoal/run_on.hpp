// run_on.hpp - awaits a long computation on another executor: a password hash, a slow signature, a file to read.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace sshoal SSHOAL_API {

namespace detail {

/// A function and its result, shared by the coroutine that waits and the thread that computes.
template <class F>
class function_elsewhere {
public:
    using value = std::invoke_result_t<F&>;

    explicit function_elsewhere(F f) : function_(std::move(f)) {}
    void run() noexcept
    {
        try {
            if constexpr (std::is_void_v<value>)
                function_();
            else
                result_.emplace(function_());
        } catch (...) {
            thrown_ = std::current_exception();
        }
    }
    value take()
    {
        if (thrown_)
            std::rethrow_exception(thrown_);
        if constexpr (!std::is_void_v<value>)
            return std::move(*result_);
    }

private:
    F function_;
    std::optional<std::conditional_t<std::is_void_v<value>, char, value>> result_;
    std::exception_ptr thrown_;
};

awaitable<void> run_elsewhere(executor where, std::function<void()> work);

} // namespace detail

/// Runs function() on another executor, and resumes here with its result. A coroutine that shares its thread with others, such as
/// an authenticator's, uses this for computations that take long:
///
///     options.authenticator(check, {"password"}).work_executor(pool.get_executor());
///
///     awaitable<auth_decision> check(auth_request r)
///     {
///         if (r.what != auth_request::kind::password)
///             co_return auth_decision::reject();
///         password_check slow(stored_hash(r.user), std::move(r.password)); // a function object: bool operator()()
///         const bool right = co_await run_on(r.work, std::move(slow));
///         co_return right ? auth_decision::accept() : auth_decision::reject();
///     }
///
/// With an empty executor, the function is called here and now, without a suspension.
/// Returns: the function's result. Errors: the function's exception; operation_aborted; operation_canceled if the executor was
/// shut down before it ran the function.
/// Cancellation: terminal, partial, total - the function is not interrupted, but run_on() stops waiting for it.
/// Executor: any.
/// Lifetime: the function owns all that it uses, since it may run when the coroutine, its connection and its io_context are gone;
/// the other executor's context must exist when run_on() is called.
template <class F>
awaitable<std::invoke_result_t<F&>> run_on(executor where, F function)
{
    auto work = std::make_shared<detail::function_elsewhere<F>>(std::move(function));
    std::function<void()> run = [work] { work->run(); };
    auto running = detail::run_elsewhere(std::move(where), std::move(run));
    co_await std::move(running);
    co_return work->take();
}

/// Returns: the executor of a small pool of threads for operations that may wait for a disk. The program has one pool, which
/// starts at its first use and ends at exit.
/// SFTP and SCP use it if they are given no executor. May be called on any thread.
executor disk_threads();

namespace detail {
awaitable<void> cross_to(executor strand, awaitable<void> operation);
}

/// Awaits a coroutine on another strand, and returns here with its result, for objects that live on strands of their own.
/// Returns: the operation's result. Errors: the operation's exception; errc::closed for an empty executor.
/// Cancellation: terminal, partial, total - passed on to the operation; on_strand() waits for its end.
/// Executor: any; on that very strand the call costs no hop. Lifetime: everything that the operation refers to must live until
/// on_strand() returns.
template <class T>
awaitable<T> on_strand(executor strand, awaitable<T> operation)
{
    const executor here = co_await asio::this_coro::executor;
    if constexpr (std::is_void_v<T>) {
        if (here != strand)
            operation = detail::cross_to(std::move(strand), std::move(operation));
        co_await std::move(operation);
    } else {
        if (here == strand) {
            T now = co_await std::move(operation);
            co_return now;
        }
        std::optional<T> result;
        auto crossing = detail::cross_to(std::move(strand), detail::keep_result(std::move(operation), result));
        co_await std::move(crossing);
        co_return std::move(*result);
    }
}

} // namespace sshoal
