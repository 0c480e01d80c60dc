// work.hpp - long computations that a flow may hand to a work port, which runs them on another thread. A job owns everything it
// touches, so the job may run after the flow, its connection and the strand are gone. If the port takes no jobs, the same code
// computes at once, as any call does.
#pragma once

#include "base/flow.hpp"
#include "base/secure.hpp"
#include "sshoal/error.hpp"

#include <memory>
#include <type_traits>

namespace sshoal {

/// One computation. One thread runs the job, and another thread reads its result afterwards; the work port orders the two.
class job {
public:
    virtual ~job() = default;
    /// Runs the computation; call run() at most once. An exception becomes the job's why_failed().
    void run() noexcept;
    /// Ends the job without running it.
    void give_up(failure why) noexcept { why_failed_ = std::move(why); }
    /// Returns why the job has no result, or no failure if it has one.
    const failure& why_failed() const noexcept { return why_failed_; }

private:
    virtual void compute() = 0;
    failure why_failed_;
};

/// A place that may take jobs. The owner of the flow tells the flow through its mailbox that a job is done.
class work_port {
public:
    virtual bool takes_work() const noexcept { return false; }
    virtual void on_work(std::shared_ptr<job>) {}

protected:
    ~work_port() = default;
};

/// A view of bytes that keep() turns into a copy, before the bytes have to outlive a suspension.
class borrowed_bytes {
public:
    explicit borrowed_bytes(byte_view v) noexcept : view_(v) {}
    borrowed_bytes(borrowed_bytes&& o) noexcept : view_(o.view_), kept_(std::move(o.kept_)) {}
    void keep()
    {
        kept_ = copy_of(view_);
        view_ = kept_;
    }
    byte_view view() const noexcept { return view_; }

private:
    byte_view view_;
    bytes kept_;
};

/// A job made of a function object. `work.keep()` is called first and copies what `work` borrowed; `work()` is the computation.
template <class Work>
class computation final : public job {
public:
    using value = std::invoke_result_t<Work&>;

    explicit computation(Work&& work) : work_(std::move(work)) {}
    /// Returns the result of a job that is done and has not failed.
    value take() { return std::move(*result_); }

private:
    void compute() override { result_.emplace(work_()); }
    Work work_;
    std::optional<value> result_;
};

/// The value that a flow finds in its mailbox when its job is done.
struct job_done {};

/// `co_await computed(port, box, work)` returns the result of work(), computed at once or as a job of `port`, whose end is put
/// into `box`. A job that has failed ends the connection, so the flow never sees it. This is an awaiter and not a flow, so that a
/// computation that is done at once allocates nothing.
template <class Work>
class computed {
public:
    computed(work_port& port, mailbox<job_done>& box, Work& work) noexcept : port_(&port), box_(&box), work_(&work) {}
    bool await_ready()
    {
        if (!port_->takes_work()) {
            result_.emplace((*work_)());
            return true;
        }
        work_->keep();
        job_ = std::make_shared<computation<Work>>(std::move(*work_));
        port_->on_work(job_); // the port may fill the mailbox before on_work() returns
        return box_->full();
    }
    void await_suspend(std::coroutine_handle<> h) const noexcept { box_->next().await_suspend(h); }
    typename computation<Work>::value await_resume()
    {
        if (!job_)
            return std::move(*result_);
        box_->next().await_resume();
        return job_->take();
    }

private:
    work_port* port_;
    mailbox<job_done>* box_;
    Work* work_;
    std::shared_ptr<computation<Work>> job_;
    std::optional<typename computation<Work>::value> result_;
};

} // namespace sshoal
