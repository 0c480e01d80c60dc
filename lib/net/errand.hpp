// errand.hpp - jobs that go to another executor and come back. Either end may be gone before the other: an executor that is shut
// down gives its jobs up, and what comes back to a strand whose io_context is gone is dropped.
#pragma once

#include "base/work.hpp"
#include "sshoal/executor.hpp"

#include <boost/asio/post.hpp>

#include <mutex>

namespace sshoal::net {

/// The way back to a strand. Jobs hold it and not the strand itself, which must not outlive its io_context.
class way_home {
public:
    explicit way_home(executor strand) noexcept : strand_(std::move(strand)) {}
    way_home(const way_home&) = delete;

    /// Runs f() on the strand, unless that is closed. Any thread.
    template <class F>
    void post(F f)
    {
        const std::lock_guard lock(mutex_); // held, so that the io_context is not destroyed meanwhile: close() comes first
        if (strand_)
            asio::post(strand_, std::move(f));
    }
    /// Nothing is posted from now on. Any thread.
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

/// What is posted to the other executor. `arrival` is run on the strand when the job is done, or will never be.
template <class Arrival>
class errand {
public:
    errand(std::shared_ptr<job> j, std::shared_ptr<way_home> home, Arrival arrival)
        : job_(std::move(j)), home_(std::move(home)), arrival_(std::move(arrival))
    {
    }
    errand(errand&&) = default;
    errand& operator=(errand&&) = delete;
    ~errand()
    {
        if (!job_)
            return;
        job_->give_up(failure(make_error_code(boost::system::errc::operation_canceled)));
        come_home();
    }
    void operator()()
    {
        job_->run();
        come_home();
    }

private:
    void come_home() noexcept
    {
        job_.reset();
        try {
            home_->post(std::move(arrival_));
        } catch (...) { // no memory for the message: whoever waits has deadlines of its own
        }
    }

    std::shared_ptr<job> job_;
    std::shared_ptr<way_home> home_;
    Arrival arrival_;
};

template <class Arrival>
void send_errand(const executor& there, std::shared_ptr<job> j, std::shared_ptr<way_home> home, Arrival arrival)
{
    asio::post(there, errand<Arrival>(std::move(j), std::move(home), std::move(arrival)));
}

} // namespace sshoal::net
