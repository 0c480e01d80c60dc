// task.hpp - several coroutines at once: groups of them, the first of them to end, and what programs wait for beside connections:
// time, and the signals that end a program.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// Returns: after this time. Errors: operation_aborted. Cancellation: terminal, partial, total. Executor: any.
awaitable<void> sleep_for(std::chrono::nanoseconds t);

/// Waits for SIGINT or SIGTERM. From the call on, the signal does not end the process.
/// Returns: the signal's number. Errors: operation_aborted. Cancellation: terminal, partial, total. Executor: any.
awaitable<int> termination();

/// Coroutines that run side by side and are waited for together:
///
///     task_group all(co_await asio::this_coro::executor, 5); // five at once
///     for (const std::string& host : hosts)
///         co_await all.start_when_free(visit(host));
///     co_await all.join();
///
/// All tasks run on the strand of the group, and every member is called there. Destroying the group cancels its tasks and does not
/// wait for them, so what tasks refer to must live until join() has returned, or be owned by the tasks.
class task_group {
public:
    /// The failure of a task stops the other tasks, or lets them go on.
    enum class on_failure { stop, go_on };

    /// `ex`: the executor of the coroutine that makes the group; a strand is made if it is none. `at_once`: the most tasks that
    /// run at the same time; 0: no limit.
    explicit task_group(const executor& ex, std::size_t at_once = 0, on_failure policy = on_failure::stop);
    task_group(const task_group&) = delete;
    ~task_group();

    /// Starts a task. The task does not begin before start() has returned. Beyond `at_once`, tasks wait in the group for their
    /// turn; a stopped group drops the task. Does not wait.
    void start(awaitable<void> task);
    /// Starts a function that returns a coroutine; the group keeps the function and its captures until the coroutine has ended.
    template <detail::starts_coroutine F>
    void start(F function)
    {
        start(detail::call_and_keep(std::move(function)));
    }
    /// Waits until fewer tasks than `at_once` run, then starts the task. Not at the same time as join().
    /// Errors: as join(), if the group has been stopped; the task is not started then. Cancellation: as join().
    awaitable<void> start_when_free(awaitable<void> task);

    /// Waits for the end of all tasks. The group can be used again afterwards.
    /// Errors: the exception of the first task that failed; operation_aborted after stop(). Cancellation: terminal, partial, total -
    /// stops the group, and waits for the end of all tasks.
    awaitable<void> join();
    /// Cancels all tasks (terminal), and drops those that wait for their turn.
    void stop();

    std::size_t size() const noexcept;   ///< tasks that have not ended, those that wait included
    std::size_t failed() const noexcept; ///< tasks that have failed since the last join()
    executor get_executor() const noexcept;

private:
    class impl;
    const std::shared_ptr<impl> impl_;
};

/// Runs all tasks, `at_once` at a time (0: all together).
/// Returns: their results, in the order of the tasks. Errors: the exception of the first task that fails; the others are cancelled
/// and waited for. Cancellation: terminal, partial, total - passed on to the tasks, whose end is awaited. Executor: any.
template <class T>
awaitable<std::vector<T>> all_of(std::vector<awaitable<T>> tasks, std::size_t at_once = 0);

namespace detail {
awaitable<std::size_t> first_to_end(std::vector<awaitable<void>> operations);
awaitable<void> run_all(std::vector<awaitable<void>> tasks, std::size_t at_once);
inline awaitable<void> drop_result(awaitable<void> work) { return work; }
template <class T>
awaitable<void> drop_result(awaitable<T> work)
{
    (void)co_await std::move(work);
}
} // namespace detail

/// Awaits several operations until the first of them ends, well or with an exception. The others are cancelled (terminal) and
/// waited for. Asio's operator || waits for the first *success* instead, and hangs where the other operation cannot succeed.
/// Returns: the number of the first, counted from 0. Errors: the exception of the first, if it ended with one.
/// Cancellation: terminal, partial, total - passed on to all operations, whose end is awaited. Executor: any.
template <std::same_as<awaitable<void>>... More>
awaitable<std::size_t> first_of(awaitable<void> a, awaitable<void> b, More... more)
{
    std::vector<awaitable<void>> all;
    all.reserve(2 + sizeof...(more));
    all.push_back(std::move(a));
    all.push_back(std::move(b));
    (all.push_back(std::move(more)), ...);
    auto racing = detail::first_to_end(std::move(all));
    const std::size_t first = co_await std::move(racing);
    co_return first;
}

/// The same for operations with a result. Returns: the number of the first, and its result.
template <class T, std::same_as<awaitable<T>>... More>
    requires(!std::is_void_v<T>)
awaitable<std::pair<std::size_t, T>> first_of(awaitable<T> a, awaitable<T> b, More... more)
{
    std::vector<std::optional<T>> results(2 + sizeof...(more));
    std::vector<awaitable<void>> all;
    std::size_t at = 0;
    all.push_back(detail::keep_result(std::move(a), results[at++]));
    all.push_back(detail::keep_result(std::move(b), results[at++]));
    (all.push_back(detail::keep_result(std::move(more), results[at++])), ...);
    auto racing = detail::first_to_end(std::move(all));
    const std::size_t first = co_await std::move(racing);
    std::pair<std::size_t, T> winner(first, std::move(*results[first]));
    co_return std::move(winner);
}

/// The same for operations of different kinds, such as first_of(serve(), termination()). Their results are dropped. Returns: the
/// number of the first.
template <class A, class B, class... More>
    requires(!std::same_as<A, B> || !(std::same_as<A, More> && ...))
awaitable<std::size_t> first_of(awaitable<A> a, awaitable<B> b, awaitable<More>... more)
{
    return first_of(detail::drop_result(std::move(a)), detail::drop_result(std::move(b)), detail::drop_result(std::move(more))...);
}

template <class T>
awaitable<std::vector<T>> all_of(std::vector<awaitable<T>> tasks, std::size_t at_once)
{
    std::vector<std::optional<T>> kept(tasks.size());
    std::vector<awaitable<void>> all;
    all.reserve(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i)
        all.push_back(detail::keep_result(std::move(tasks[i]), kept[i]));
    auto running = detail::run_all(std::move(all), at_once);
    co_await std::move(running);
    std::vector<T> results;
    results.reserve(kept.size());
    for (std::optional<T>& r : kept)
        results.push_back(std::move(*r));
    co_return std::move(results);
}

} // namespace sshoal
