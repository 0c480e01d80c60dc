#include "sshoal/run_on.hpp"

#include "net/offload_wait.hpp"
#include "net/strand.hpp"
#include "net/crossing.hpp"

#include <boost/asio/thread_pool.hpp>

namespace sshoal::detail {
namespace {

class function_job final : public job {
public:
    explicit function_job(std::function<void()> f) noexcept : function_(std::move(f)) {}

private:
    void compute() override { std::exchange(function_, nullptr)(); }
    std::function<void()> function_;
};

awaitable<outcome<void>> wait_on_strand(executor where, std::shared_ptr<job> j)
{
    auto waiting = net::wait_for_offloaded(std::move(where), j);
    const bool over = co_await std::move(waiting);
    if (!over)
        co_return net::aborted();
    if (j->why_failed())
        co_return j->why_failed();
    co_return outcome<void>();
}

} // namespace

awaitable<void> run_elsewhere(executor where, std::function<void()> work)
{
    if (!where) {
        work();
        co_return;
    }
    const executor here = co_await asio::this_coro::executor;
    auto made = std::make_shared<function_job>(std::move(work));
    auto waiting = net::or_throw(net::strand_for(here), wait_on_strand(std::move(where), std::move(made)));
    co_await std::move(waiting);
}

awaitable<void> cross_to(executor strand, awaitable<void> operation)
{
    return net::cross(std::move(strand), std::move(operation));
}

} // namespace sshoal::detail

namespace sshoal {

executor disk_threads()
{
    // These threads wait for disks and do not compute, so there may be more of them than processors.
    static asio::thread_pool pool(4);
    return pool.get_executor();
}

} // namespace sshoal
