#include "net/offload_wait.hpp"

#include "net/offload.hpp"
#include "parking/gate.hpp"
#include "parking/lot.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sshoal::net {
namespace {

/// The waiter parks the coroutine until the job is done.
class offload_waiter final : public parking::lot, public std::enable_shared_from_this<offload_waiter> {
public:
    explicit offload_waiter(executor strand)
        : lot(std::move(strand)), over_(ready()), path_(std::make_shared<return_path>(this->strand()))
    {
    }
    ~offload_waiter() override { path_->close(); }

    void start(const executor& there, std::shared_ptr<job> j)
    {
        open(weak_from_this());
        auto done = [weak = weak_from_this()] {
            if (const auto waiter = weak.lock()) {
                waiter->done_ = true;
                waiter->over_.wake_all();
            }
        };
        offload(there, std::move(j), path_, std::move(done));
    }
    bool done() const noexcept { return done_; }
    auto wait() { return over_.wait(asio::cancellation_type::all); }

private:
    void gone() noexcept override
    {
        path_->close();
        over_.abandon();
    }

    parking::gate over_;
    std::shared_ptr<return_path> path_;
    bool done_ = false;
};

} // namespace

awaitable<bool> wait_for_offloaded(executor there, std::shared_ptr<job> j)
{
    executor here = co_await asio::this_coro::executor;
    const auto waiter = std::make_shared<offload_waiter>(std::move(here));
    waiter->start(there, std::move(j));
    while (!waiter->done()) {
        const parking::wake w = co_await waiter->wait();
        if (w == parking::wake::cancelled)
            co_return waiter->done();
    }
    co_return true;
}

} // namespace sshoal::net
