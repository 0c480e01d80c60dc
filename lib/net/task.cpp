#include "sshoal/task.hpp"

#include "net/crossing.hpp"
#include "net/strand.hpp"
#include "parking/task_group.hpp"
#include "sshoal/run_on.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <deque>

namespace sshoal {

awaitable<void> sleep_for(std::chrono::nanoseconds t)
{
    const executor here = co_await asio::this_coro::executor;
    asio::steady_timer timer(here, std::chrono::duration_cast<asio::steady_timer::duration>(t));
    co_await timer.async_wait(asio::use_awaitable);
}

awaitable<int> termination()
{
    const executor here = co_await asio::this_coro::executor;
    asio::signal_set signals(here, SIGINT, SIGTERM);
    const int number = co_await signals.async_wait(asio::use_awaitable);
    co_return number;
}

// -- groups -------------------------------------------------------------------------------------------------------------------

class task_group::impl : public std::enable_shared_from_this<impl> {
public:
    impl(const executor& ex, std::size_t at_once, on_failure policy)
        : strand_(net::strand_for(ex)), at_once_(at_once), policy_(policy), group_(parking::task_group::make(strand_))
    {
    }

    void start(awaitable<void> task)
    {
        if (stopped())
            return;
        if (full())
            waiting_.push_back(std::move(task));
        else
            launch(std::move(task));
    }

    void stop()
    {
        waiting_.clear();
        if (group_->strand()) // otherwise the io_context is gone, and the tasks with it
            group_->stop(net::aborted());
    }

    static awaitable<outcome<void>> start_when_free(std::shared_ptr<impl> self, awaitable<void> task)
    {
        if (self->full()) {
            auto waiting = self->group_->wait(self->at_once_ - 1);
            const outcome<void> ended = co_await std::move(waiting);
            (void)ended; // a group that was stopped is dealt with below
        }
        if (self->stopped()) {
            auto joining = join(self);
            const outcome<void> ended = co_await std::move(joining);
            co_return ended;
        }
        self->launch(std::move(task));
        co_return outcome<void>();
    }

    static awaitable<outcome<void>> join(std::shared_ptr<impl> self)
    {
        auto waiting = self->group_->wait();
        outcome<void> ended = co_await std::move(waiting);
        self->waiting_.clear();
        self->group_ = parking::task_group::make(self->strand_); // one that has been stopped starts nothing more
        self->failed_ = 0;
        if (const std::exception_ptr first = std::exchange(self->first_, nullptr))
            std::rethrow_exception(first);
        co_return ended;
    }

    std::size_t size() const noexcept { return running_ + waiting_.size(); }
    std::size_t failed() const noexcept { return failed_; }
    const executor& strand() const noexcept { return strand_; }

private:
    bool full() const noexcept { return at_once_ > 0 && running_ >= at_once_; }
    bool stopped() const noexcept { return group_->stopping(); }

    void launch(awaitable<void> task)
    {
        ++running_;
        group_->start(run(shared_from_this(), group_, std::move(task)));
    }

    static awaitable<outcome<void>> run(std::shared_ptr<impl> self, std::shared_ptr<parking::task_group> group,
                                        awaitable<void> task)
    {
        std::exception_ptr thrown;
        try {
            co_await std::move(task);
        } catch (...) {
            thrown = std::current_exception();
        }
        --self->running_;
        if (thrown && !group->stopping()) { // a task that is told to stop throws too, which says nothing
            ++self->failed_;
            if (!self->first_)
                self->first_ = thrown;
        }
        if (group->stopping() || (thrown && self->policy_ == on_failure::stop)) {
            self->waiting_.clear();
            co_return net::aborted();
        }
        while (!self->waiting_.empty() && !self->full()) {
            awaitable<void> next = std::move(self->waiting_.front());
            self->waiting_.pop_front();
            self->launch(std::move(next));
        }
        co_return outcome<void>();
    }

    const executor strand_;
    const std::size_t at_once_;
    const on_failure policy_;
    std::shared_ptr<parking::task_group> group_;
    std::deque<awaitable<void>> waiting_; // for a place among those that run
    std::size_t running_ = 0, failed_ = 0;
    std::exception_ptr first_;
};

task_group::task_group(const executor& ex, std::size_t at_once, on_failure policy)
    : impl_(std::make_shared<impl>(ex, at_once, policy))
{
}
task_group::~task_group() { impl_->stop(); }

void task_group::start(awaitable<void> task) { impl_->start(std::move(task)); }
awaitable<void> task_group::start_when_free(awaitable<void> task)
{
    return net::or_throw(impl_->strand(), impl::start_when_free(impl_, std::move(task)));
}
awaitable<void> task_group::join() { return net::or_throw(impl_->strand(), impl::join(impl_)); }
void task_group::stop() { impl_->stop(); }
std::size_t task_group::size() const noexcept { return impl_->size(); }
std::size_t task_group::failed() const noexcept { return impl_->failed(); }
executor task_group::get_executor() const noexcept { return impl_->strand(); }

namespace {

awaitable<void> run_group(executor strand, std::vector<awaitable<void>> tasks, std::size_t at_once)
{
    task_group group(strand, at_once);
    for (awaitable<void>& task : tasks)
        group.start(std::move(task));
    co_await group.join();
}

} // namespace

// The executor of the caller need not be a strand, and the members of a group are called on its strand.
awaitable<void> detail::run_all(std::vector<awaitable<void>> tasks, std::size_t at_once)
{
    const executor here = co_await asio::this_coro::executor;
    const executor strand = net::strand_for(here);
    auto running = on_strand(strand, run_group(strand, std::move(tasks), at_once));
    co_await std::move(running);
}

// -- the first ----------------------------------------------------------------------------------------------------------------

namespace {

struct race {
    std::optional<std::size_t> first;
    std::exception_ptr thrown;
};

awaitable<outcome<void>> run_in_race(std::shared_ptr<race> r, std::size_t number, awaitable<void> operation)
{
    std::exception_ptr thrown;
    try {
        co_await std::move(operation);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!r->first) {
        r->first = number;
        r->thrown = thrown;
    }
    co_return net::aborted(); // stops the others
}

awaitable<outcome<std::size_t>> first_on_strand(executor strand, std::vector<awaitable<void>> operations)
{
    const auto group = parking::task_group::make(std::move(strand));
    const auto r = std::make_shared<race>();
    for (std::size_t i = 0; i < operations.size(); ++i)
        group->start(run_in_race(r, i, std::move(operations[i])));
    auto waiting = group->wait();
    const outcome<void> ended = co_await std::move(waiting);
    if (!r->first)
        co_return ended.error();
    if (r->thrown)
        std::rethrow_exception(r->thrown);
    co_return *r->first;
}

} // namespace

awaitable<std::size_t> detail::first_to_end(std::vector<awaitable<void>> operations)
{
    const executor here = co_await asio::this_coro::executor;
    const executor strand = net::strand_for(here);
    auto racing = net::or_throw(strand, first_on_strand(strand, std::move(operations)));
    const std::size_t first = co_await std::move(racing);
    co_return first;
}

} // namespace sshoal
