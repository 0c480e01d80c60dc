// time_source.hpp - time and chance for whatever tries again later, so that a test can steer both.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>

#include <chrono>
#include <memory>

namespace sshoal SSHOAL_API {

/// The members use the steady clock, timers and the system's random numbers. A test derives a class whose time stands still until
/// the test moves it on.
///
/// Executor: the members are called on the strand of the object that has this source. Lifetime: shared by the objects that have it.
class time_source {
public:
    virtual ~time_source();
    virtual std::chrono::steady_clock::time_point now();
    /// Returns: when the time has passed. Cancellation: terminal, partial, total.
    virtual awaitable<void> sleep(std::chrono::nanoseconds t);
    /// Returns: a number from 0 (included) to 1 (not included); all are equally likely.
    virtual double chance();
};

/// Awaits by->sleep(t). Lifetime: the source lives until the coroutine is gone, also where it goes with its io_context.
awaitable<void> sleep(std::shared_ptr<time_source> by, std::chrono::nanoseconds t);

} // namespace sshoal
