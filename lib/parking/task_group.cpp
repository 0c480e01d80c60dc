#include "parking/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sshoal::parking {
namespace {

/// co_spawn() awaits once more after its coroutine, and that throws where the coroutine was cancelled. If the coroutine has never
/// been suspended, the handler is not called at all then. So the task's end is kept until such throwing is switched off.
awaitable<outcome<void>> with_an_end(awaitable<outcome<void>> task)
{
    outcome<void> result;
    std::exception_ptr thrown;
    try {
        result = co_await std::move(task);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return result;
}

failure aborted_task() { return failure(error_code(asio::error::operation_aborted)); }

} // namespace

/// A task that goes with its io_context is never completed, and its signal has to go with it: the signal's handler holds the strand,
/// and a strand must not outlive the io_context.
struct task_group::task_end {
    task_end(std::shared_ptr<task_group> g, signals::iterator p) noexcept : group(std::move(g)), place(p) {}
    task_end(task_end&&) noexcept = default;
    ~task_end()
    {
        if (group)
            group->running_.erase(place);
    }
    void operator()(std::exception_ptr thrown, const outcome<void>& r)
    {
        const auto g = std::exchange(group, nullptr);
        g->ended(place, std::move(thrown), r ? failure() : r.error());
    }
    std::shared_ptr<task_group> group; ///< null: moved away, or called
    signals::iterator place;
};

task_group::task_group(made_by_make, executor strand) : lot(std::move(strand)), fewer_(ready()) {}

std::shared_ptr<task_group> task_group::make(executor strand)
{
    auto made = std::make_shared<task_group>(made_by_make(), std::move(strand));
    made->open(made);
    return made;
}

void task_group::start(awaitable<outcome<void>> task)
{
    const auto place = running_.emplace(running_.end());
    asio::co_spawn(strand(), with_an_end(std::move(task)),
                   asio::bind_cancellation_slot(place->slot(), task_end{shared_from_this(), place}));
}

void task_group::ended(signals::iterator place, std::exception_ptr thrown, failure why)
{
    running_.erase(place);
    if (thrown) {
        if (!stopping()) // a task that stop() has cancelled throws too, and its exception is not the reason
            thrown_ = std::move(thrown);
        stop(aborted_task());
    } else if (why) {
        stop(std::move(why));
    }
    fewer_.wake_all();
}

void task_group::stop(failure why)
{
    if (why_)
        return;
    why_ = std::move(why);
    for (auto i = running_.begin(); i != running_.end();) { // a task that ends at once takes its signal out of the list
        asio::cancellation_signal& s = *i++;
        s.emit(asio::cancellation_type::terminal);
    }
    fewer_.wake_all();
}

awaitable<outcome<void>> task_group::wait(std::size_t most) { return wait_for(shared_from_this(), most); }

awaitable<outcome<void>> task_group::wait_for(std::shared_ptr<task_group> self, std::size_t most)
{
    // A cancellation must not end this coroutine before the tasks have ended.
    const bool threw = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        const asio::cancellation_state now = co_await asio::this_coro::cancellation_state;
        if (now.cancelled() != asio::cancellation_type::none)
            self->stop(aborted_task());
        if (self->size() <= (self->stopping() ? 0 : most))
            break;
        const auto accepted = self->stopping() ? asio::cancellation_type::none : asio::cancellation_type::all;
        const wake w = co_await self->fewer_.wait(accepted);
        if (w == wake::cancelled)
            self->stop(aborted_task());
    }
    co_await asio::this_coro::throw_if_cancelled(threw);
    if (self->thrown_)
        std::rethrow_exception(self->thrown_);
    if (self->why_)
        co_return self->why_;
    co_return outcome<void>();
}

} // namespace sshoal::parking
