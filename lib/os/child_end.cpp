#include "os/child_end.hpp"

#include "os/child.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace sshoal::os {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience_after_hangup{1000};

/// Returns: the status of a child that ends within this time, -1 if it is not known; nothing if the child goes on.
std::optional<int> end_within(::pid_t id, const descriptor& notice, milliseconds limit) noexcept
{
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        int status = -1;
        const ::pid_t got = ::waitpid(id, &status, WNOHANG);
        if (got == id)
            return status;
        if (got < 0 && errno != EINTR)
            return -1;
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= milliseconds(0))
            return std::nullopt;
        ::pollfd p{notice.get(), POLLIN, 0}; // poll() passes over the descriptor -1
        ::poll(&p, 1, static_cast<int>(notice ? left.count() : std::min<milliseconds::rep>(left.count(), 2)));
    }
}

/// A child whose status is not known is not signalled, since its number may be another process's by now.
int end_and_reap(::pid_t id, milliseconds patience) noexcept
{
    const descriptor notice = open_exit_notice(id);
    std::optional<int> status = end_within(id, notice, patience);
    if (!status) {
        ::kill(id, SIGHUP);
        status = end_within(id, notice, patience_after_hangup);
    }
    if (!status) {
        ::kill(id, SIGKILL);
        status = wait_for_end(id);
    }
    return *status;
}

/// The threads that wait for children. At the end of the process they are waited for, so that no child is left behind.
class waiting_threads {
public:
    ~waiting_threads()
    {
        for (item& i : items_) {
            if (owner_ == ::getpid())
                i.thread.join();
            else
                i.thread.detach(); // after a fork() the threads exist in the other process only
        }
    }
    void start(std::function<void()> work)
    {
        const std::lock_guard lock(mutex_);
        items_.remove_if([](item& i) {
            const bool over = *i.over;
            if (over)
                i.thread.join();
            return over;
        });
        const auto over = std::make_shared<std::atomic<bool>>(false);
        items_.emplace_back();
        try {
            items_.back().over = over;
            items_.back().thread = std::thread([work = std::move(work), over] {
                ::sigset_t all;
                ::sigfillset(&all);
                ::pthread_sigmask(SIG_BLOCK, &all, nullptr); // handlers of this process run on its other threads
                work();
                *over = true;
            });
        } catch (...) {
            items_.pop_back();
            throw;
        }
    }

private:
    struct item {
        std::thread thread;
        std::shared_ptr<std::atomic<bool>> over;
    };
    std::mutex mutex_;
    std::list<item> items_;
    const ::pid_t owner_ = ::getpid();
};

} // namespace

descriptor open_exit_notice([[maybe_unused]] ::pid_t id) noexcept
{
#ifdef SYS_pidfd_open
    return descriptor(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))); // the system sets close-on-exec
#else
    return descriptor();
#endif
}

void end_child(::pid_t id, milliseconds patience, std::function<void(int)> ended) noexcept
{
    try {
        static waiting_threads threads;
        threads.start([id, patience, ended] {
            const int status = end_and_reap(id, patience);
            if (ended)
                ended(status);
        });
    } catch (...) { // no memory, or no thread
        ::kill(id, SIGHUP);
    }
}

} // namespace sshoal::os
