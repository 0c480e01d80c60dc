// work.hpp - long computations that a flow may give away: to whoever runs them elsewhere, on another thread. A job owns all it
// touches, so the flow, its connection and the strand may be gone when it runs. Where nobody takes jobs, the same code computes
// at once, as any call.
#pragma once

#include "base/flow.hpp"
#include "base/secure.hpp"
#include "sshoal/error.hpp"

#include <memory>
#include <type_traits>

namespace sshoal {

/// One computation. Run by one thread, looked at by another when that is over; who carries it sees to the order.
class job {
public:
    virtual ~job() = default;
    /// At most once. What the computation throws becomes its trouble().
    void run() noexcept;
    /// In place of run(): nobody will do it.
    void give_up(failure why) noexcept { trouble_ = std::move(why); }
    /// Why there is no result; none where there is one.
    const failure& trouble() const noexcept { return trouble_; }

private:
    virtual void compute() = 0;
    failure trouble_;
};

/// Who may take jobs. A flow is told by its own means that one is done.
class work_port {
public:
    virtual bool takes_work() const noexcept { return false; }
    virtual void on_work(std::shared_ptr<job>) {}

protected:
    ~work_port() = default;
};

/// Bytes that belong to somebody else until they have to outlive a suspension.
class lent_bytes {
public:
    explicit lent_bytes(byte_view v) noexcept : view_(v) {}
    lent_bytes(lent_bytes&& o) noexcept : view_(o.view_), kept_(std::move(o.kept_)) {}
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

/// A job made of a function object: `work()` is the computation, `work.keep()` is called first and makes it independent of its
/// maker.
template <class Work>
class computation final : public job {
public:
    using value = std::invoke_result_t<Work&>;

    explicit computation(Work&& work) : work_(std::move(work)) {}
    /// Of one that is done without trouble.
    value take() { return std::move(*result_); }

private:
    void compute() override { result_.emplace(work_()); }
    Work work_;
    std::optional<value> result_;
};

/// What a flow finds in its mailbox when its job is done.
struct job_done {};

/// co_await computed(port, box, work): the result of work(), computed at once, or by whoever takes jobs; `box` is told of the
/// end. Jobs with trouble end the connection, so the flow is not told of those. An awaiter of its own, so that nothing is
/// allocated for what is done at once.
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
        port_->on_work(job_); // may be answered from within
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
