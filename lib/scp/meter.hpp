// meter.hpp - tells how far a transfer has come, and slows receiving down to a rate.
#pragma once

#include "sshoal/executor.hpp"
#include "sshoal/transfer.hpp"

#include <chrono>

namespace sshoal::scp {

class meter {
public:
    using clock = std::chrono::steady_clock;
    explicit meter(progress_function tell) : tell_(std::move(tell)) {}

    void begin(const std::string& path, std::uint64_t size);
    void moved(std::size_t n);
    /// The file is over; `complete` unless it went wrong.
    void end(bool complete);

    std::uint64_t total() const noexcept { return now_.total_bytes; }
    clock::duration elapsed() const noexcept { return clock::now() - began_; }

private:
    void send_line(clock::time_point at);

    progress_function tell_;
    transfer_progress now_;
    clock::time_point began_ = clock::now(), said_;
};

/// Waits until `total` bytes are not more than the rate allows since the meter began; without a rate, not at all.
awaitable<void> keep_to_rate(const meter& m, std::uint64_t bytes_per_second);

} // namespace sshoal::scp
