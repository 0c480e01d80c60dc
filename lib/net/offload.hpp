// offload.hpp - jobs that run on another executor, and tell a strand when they are done. Either io_context may be destroyed
// first: an executor that is shut down drops its jobs, and a post to a strand that is gone is dropped too.
#pragma once

#include "base/work.hpp"
#include "sshoal/executor.hpp"

#include <boost/asio/post.hpp>

#include <mutex>

namespace sshoal::net {

/// Brings a job's result to a strand. Jobs hold this object instead of the strand, since a strand must not outlive its
/// io_context.
class return_path {
public:
    explicit return_path(executor strand) noexcept : strand_(std::move(strand)) {}
    return_path(const return_path&) = delete;

    /// Runs f() on the strand, unless the path is closed. Any thread may call this.
    template <class F>
    void post(F f)
    {
        const std::lock_guard lock(mutex_); // held during the post: close() waits for it, and the io_context is destroyed later
        if (strand_)
            asio::post(strand_, std::move(f));
    }
    /// Forbids every later post. Any thread may call this.
    void close() noexcept
    {
        executor dying;
        const std::lock_guard lock(mutex_);
        std::swap(dying, strand_);
    }

private:
    std::mutex mutex_;
    executor strand_;
};

/// The handler that is posted to the other executor.
template <class Done>
class offloaded_job {
public:
    offloaded_job(std::shared_ptr<job> j, std::shared_ptr<return_path> back, Done done)
        : job_(std::move(j)), back_(std::move(back)), done_(std::move(done))
    {
    }
    offloaded_job(offloaded_job&&) = default;
    offloaded_job& operator=(offloaded_job&&) = delete;
    ~offloaded_job()
    {
        if (!job_)
            return;
        job_->give_up(failure(make_error_code(boost::system::errc::operation_canceled)));
        tell();
    }
    void operator()()
    {
        job_->run();
        tell();
    }

private:
    void tell() noexcept
    {
        job_.reset();
        try {
            back_->post(std::move(done_));
        } catch (...) { // no memory for the post: the waiting coroutine has a deadline
        }
    }

    std::shared_ptr<job> job_;
    std::shared_ptr<return_path> back_;
    Done done_;
};

/// Runs the job on the executor `there`. done() runs on the strand of `back` when the job has been done or dropped.
template <class Done>
void offload(const executor& there, std::shared_ptr<job> j, std::shared_ptr<return_path> back, Done done)
{
    asio::post(there, offloaded_job<Done>(std::move(j), std::move(back), std::move(done)));
}

} // namespace sshoal::net
