// meter.hpp - reports the progress of a transfer, and slows receiving down to a rate.
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
    /// To be called at the end of a file; `complete` unless the file failed.
    void end(bool complete);

    std::uint64_t total() const noexcept { return now_.total_bytes; }
    clock::duration elapsed() const noexcept { return clock::now() - began_; }

private:
    void send_line(clock::time_point at);

    progress_function tell_;
    transfer_progress now_;
    clock::time_point began_ = clock::now(), said_;
};

/// Waits until the rate allows `total` bytes in the time since the meter began. Without a rate, does not wait.
awaitable<void> keep_to_rate(const meter& m, std::uint64_t bytes_per_second);

} // namespace sshoal::scp
