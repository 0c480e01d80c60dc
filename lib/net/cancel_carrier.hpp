// cancel_carrier.hpp - takes a cancellation from the executor where an operation was started to the strand where it runs.
#pragma once

#include "sshoal/executor.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>

#include <memory>

namespace sshoal::net {

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

} // namespace sshoal::net
