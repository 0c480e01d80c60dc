// cancel_carrier.hpp - takes a cancellation from the executor where an operation was started to the strand where it runs.
#pragma once

#include "sshoal/executor.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>

#include <memory>

namespace sshoal::net {

/// Carries a cancellation from the executor where an operation was started to the strand where it runs. The way that co_spawn()
/// itself offers may emit into a coroutine that has ended, or from the wrong thread.
class cancel_carrier {
public:
    explicit cancel_carrier(executor strand)
        : strand_(std::move(strand))
        , signal_(std::make_shared<asio::cancellation_signal>())
    {
    }
    /// The slot to bind to the operation on the strand. The signal must outlive the operation, so the operation's completion
    /// handler keeps a copy of this object.
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
