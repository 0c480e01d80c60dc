#include "sshoal/deadline.hpp"

#include "sshoal/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace sshoal::detail {
namespace {

/// Returns: "3 s", "1500 ms", "20 us".
std::string time_limit_text(std::chrono::nanoseconds t)
{
    constexpr std::pair<std::int64_t, const char*> units[] = {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1000, " us"}};
    for (const auto& [size, name] : units)
        if (t.count() >= size && t.count() % size == 0)
            return std::to_string(t.count() / size) + name;
    return std::to_string(t.count()) + " ns";
}

bool was_cancelled(const std::exception_ptr& thrown)
{
    try {
        if (thrown)
            std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
    }
    return false;
}

} // namespace

awaitable<void> end_within(std::chrono::nanoseconds limit, awaitable<void> operation)
{
    const executor here = co_await asio::this_coro::executor;
    asio::steady_timer timer(here, std::chrono::duration_cast<asio::steady_timer::duration>(limit));
    auto both = asio::experimental::make_parallel_group(asio::co_spawn(here, std::move(operation), asio::deferred),
                                                        timer.async_wait(asio::deferred));
    auto racing = both.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    auto [order, thrown, timer_ended] = co_await std::move(racing);
    if (order[0] == 1 && !timer_ended && was_cancelled(thrown))
        throw error(failure(errc::timed_out, "not done within " + time_limit_text(limit)));
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace sshoal::detail
