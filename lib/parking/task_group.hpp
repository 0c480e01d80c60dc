// task_group.hpp - coroutines that work side by side on one thing, can be stopped together, and are waited for.
#pragma once

#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "sshoal/error.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <list>

namespace sshoal::parking {

/// The first failure of a task, or the first exception, stops the others. All members are called on the strand.
class task_group final : public lot, public std::enable_shared_from_this<task_group> {
    struct made_by_make {};

public:
    static std::shared_ptr<task_group> make(executor strand);
    task_group(made_by_make, executor strand);

    /// Starts a coroutine on the strand. The coroutine is posted, so it does not begin before this returns. The group lives until
    /// the coroutine has ended.
    void start(awaitable<outcome<void>> task);
    /// Tasks that have not ended.
    std::size_t size() const noexcept { return running_.size(); }
    bool stopping() const noexcept { return bool(why_); }
    /// Cancels all tasks (terminal). The first call counts. No task should be started after this.
    void stop(failure why);

    /// Waits until no more than `most` tasks are left; after stop(), until none is.
    /// Returns: what stopped the group, after all tasks have ended. Errors: what a task threw. Cancellation: terminal, partial,
    /// total - stops the group and waits for the end of all tasks. One call at a time.
    awaitable<outcome<void>> wait(std::size_t most = 0);

private:
    using signals = std::list<asio::cancellation_signal>;
    struct task_end;

    static awaitable<outcome<void>> wait_for(std::shared_ptr<task_group> self, std::size_t most);
    void ended(signals::iterator place, std::exception_ptr thrown, failure why);
    void gone() noexcept override { fewer_.abandon(); }

    gate fewer_; // wakes the coroutine in wait() when a task has ended or the group is stopped
    signals running_;
    failure why_;
    std::exception_ptr thrown_;
};

} // namespace sshoal::parking
