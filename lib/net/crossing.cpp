#include "net/crossing.hpp"

#include "net/cancel_carrier.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sshoal::net {
namespace {

/// Runs `work` with every type of cancellation let through; the waits in `work` decide which types they honour.
awaitable<void> fully_cancellable(awaitable<void> work)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(work);
}

/// This handler is called on the strand when the work has ended. It posts that end to the executor of the
/// caller, which is kept from running out of work meanwhile.
template <class Handler>
struct crossing_back {
    Handler handler;
    executor caller;
    cancel_carrier carrier;
    void operator()(std::exception_ptr thrown)
    {
        asio::dispatch(caller, [h = std::move(handler), thrown]() mutable { std::move(h)(thrown); });
    }
};

struct start_on_strand {
    executor strand;
    template <class Handler>
    void operator()(Handler&& h, awaitable<void> work) const
    {
        const cancel_carrier carrier(strand);
        if (auto slot = asio::get_associated_cancellation_slot(h); slot.is_connected())
            slot.assign(carrier);
        executor caller = asio::prefer(executor(asio::get_associated_executor(h)), asio::execution::outstanding_work.tracked);
        asio::co_spawn(strand, fully_cancellable(std::move(work)),
                       asio::bind_cancellation_slot(carrier.slot(), crossing_back<std::decay_t<Handler>>{
                                                                        std::forward<Handler>(h), std::move(caller), carrier}));
    }
};

} // namespace

awaitable<void> cross(executor strand, awaitable<void> work)
{
    if (!strand)
        throw error(failure(errc::closed, "an empty handle, or one whose io_context is gone"));
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(start_on_strand{strand}, asio::use_awaitable,
                                                                                       std::move(work));
}

} // namespace sshoal::net
