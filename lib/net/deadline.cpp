#include "sshoal/deadline.hpp"

#include "base/duration_text.hpp"
#include "sshoal/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>

namespace sshoal::detail {
namespace {

struct cancelled_end {
    bool cancelled = false;
    std::string context; ///< what the operation says of its end, such as what became of a program
};

cancelled_end end_of(const std::exception_ptr& thrown)
{
    try {
        if (thrown)
            std::rethrow_exception(thrown);
    } catch (const error& e) {
        return {e.code() == asio::error::operation_aborted, e.context()};
    } catch (const boost::system::system_error& e) {
        return {e.code() == asio::error::operation_aborted, {}};
    } catch (...) {
    }
    return {};
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
    const cancelled_end end = end_of(thrown);
    if (order[0] == 1 && !timer_ended && end.cancelled) {
        const std::string text = "not done within " + duration_text(limit);
        throw error(failure(errc::timed_out, end.context.empty() ? text : text + ": " + end.context));
    }
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace sshoal::detail
