// backoff.hpp - the delays between attempts that fail.
#pragma once

#include "base/clock.hpp"
#include "sshoal/reconnector.hpp"

namespace sshoal::client {

/// Returns: the first option that cannot be used; no failure if all can.
failure check(const reconnect_options& o);

class backoff {
public:
    /// The options have been checked.
    explicit backoff(const reconnect_options& o) noexcept;
    /// Returns: the delay before the next attempt. `chance` is from 0 (included) to 1 (not included).
    std::chrono::nanoseconds next(double chance) noexcept;
    /// The next delay is the first one again.
    void reset() noexcept { delay_ = first_; }

private:
    double first_, factor_, most_, jitter_; // delays in nanoseconds
    double delay_;
};

} // namespace sshoal::client
