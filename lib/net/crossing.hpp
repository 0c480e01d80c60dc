// operation.hpp - how a member function of a handle becomes a coroutine: the work is written as one coroutine that runs on the
// connection's strand and returns an outcome; these wrappers hop there and back where needed, and throw.
#pragma once

#include "sshoal/error.hpp"
#include "sshoal/executor.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sshoal::net {

/// A failed outcome<bool>; failure itself converts to bool, so it has to be said in full.
inline outcome<bool> failed_bool(failure f) { return outcome<bool>(boost::system::in_place_error, std::move(f)); }

/// What a cancelled operation reports.
inline failure aborted() { return failure(error_code(asio::error::operation_aborted)); }

/// Runs `work` on the strand with every type of cancellation let through; its own waits decide which they honour.
template <class T>
awaitable<outcome<T>> hopped(awaitable<outcome<T>> work)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    outcome<T> r = co_await std::move(work);
    co_return r;
}

/// Carries a cancellation from where an operation was started to the strand where it runs. co_spawn() has its own way, which may
/// emit into a coroutine that has ended, or from the wrong thread.
class cancel_carrier {
public:
    explicit cancel_carrier(executor strand)
        : strand_(std::move(strand))
        , signal_(std::make_shared<asio::cancellation_signal>())
    {
    }
    /// To be bound to what runs on the strand. The signal must outlive that: keep a copy of this object in its completion
    /// handler.
    asio::cancellation_slot slot() const noexcept { return signal_->slot(); }
    void operator()(asio::cancellation_type type) const
    {
        asio::dispatch(strand_, [signal = signal_, type] { signal->emit(type); });
    }

private:
    executor strand_;
    std::shared_ptr<asio::cancellation_signal> signal_;
};

/// An operation has ended on the strand: takes the result to the executor of the caller, which is kept from running out of work.
template <class Handler, class T>
struct crossing_back {
    Handler handler;
    executor caller;
    cancel_carrier carrier;
    void operator()(std::exception_ptr thrown, outcome<T> r)
    {
        asio::dispatch(caller,
                       [h = std::move(handler), thrown, r = std::move(r)]() mutable { std::move(h)(thrown, std::move(r)); });
    }
};

template <class T>
struct crossing {
    executor strand;
    template <class Handler>
    void operator()(Handler&& h, awaitable<outcome<T>> work) const
    {
        const cancel_carrier carrier(strand);
        if (auto slot = asio::get_associated_cancellation_slot(h); slot.is_connected())
            slot.assign(carrier);
        executor caller = asio::prefer(executor(asio::get_associated_executor(h)), asio::execution::outstanding_work.tracked);
        asio::co_spawn(strand, hopped(std::move(work)),
                       asio::bind_cancellation_slot(carrier.slot(), crossing_back<std::decay_t<Handler>, T>{
                                                                        std::forward<Handler>(h), std::move(caller), carrier}));
    }
};

/// Runs `work` on the strand and comes back.
template <class T>
awaitable<outcome<T>> hop(const executor& strand, awaitable<outcome<T>> work)
{
    if (!strand) // the io_context of the connection is gone
        throw error(failure(errc::closed, "an empty handle, or one whose io_context is gone"));
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, outcome<T>)>(
        crossing<T>{strand}, asio::use_awaitable, std::move(work));
}

/// Awaits `work` where it belongs. Never throws for what the peer or the network did.
template <class T>
awaitable<outcome<T>> or_failure(executor strand, awaitable<outcome<T>> work)
{
    const executor here = co_await asio::this_coro::executor;
    if (here == strand) {
        outcome<T> r = co_await std::move(work);
        co_return r;
    }
    auto there = hop(strand, std::move(work));
    outcome<T> r = co_await std::move(there);
    co_return r;
}

template <class T>
awaitable<T> or_throw(executor strand, awaitable<outcome<T>> work)
{
    const executor here = co_await asio::this_coro::executor;
    if (here == strand) {
        outcome<T> r = co_await std::move(work);
        if (!r)
            throw error(r.error());
        if constexpr (!std::is_void_v<T>)
            co_return std::move(*r);
    } else {
        auto there = hop(strand, std::move(work));
        outcome<T> r = co_await std::move(there);
        if (!r)
            throw error(r.error());
        if constexpr (!std::is_void_v<T>)
            co_return std::move(*r);
    }
}

template <class T>
awaitable<T> or_code(executor strand, awaitable<outcome<T>> work, error_code& ec)
{
    auto result = or_failure(std::move(strand), std::move(work));
    outcome<T> r = failure(errc::closed);
    try {
        r = co_await std::move(result);
    } catch (const boost::system::system_error& e) { // cancelled before it began
        r = failure(e.code());
    }
    ec = r ? error_code() : r.error().code();
    if constexpr (!std::is_void_v<T>)
        co_return r ? std::move(*r) : T();
}

} // namespace sshoal::net
