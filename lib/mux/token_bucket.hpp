// token_bucket.hpp - a limit to the rate of sending, in bytes per second. What leaves in t seconds is never more than rate * t
// plus the burst. Exact: fractions of a byte are carried over, so a rate of one byte a second is one byte a second.
//
// Packets must not become tiny where the limit holds them back: once the bucket is empty, it is used again when it has recovered
// what flows in 50 ms, or a whole packet, or all that is asked for, whichever is least.
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sshoal::mux {

class token_bucket {
public:
    static constexpr std::uint64_t least_burst = 32 * 1024;
    static constexpr std::uint64_t parts_of_a_second = 20; ///< the burst, and the recovery, are 50 ms of the rate
    /// Faster rates count as this one: a second's nanoseconds times the rate have to fit 64 bits.
    static constexpr std::uint64_t fastest = 16'000'000'000;

    bool limited() const noexcept { return rate_ != 0; }

    /// Zero: no limit. A new limit begins with a full burst, a changed one keeps what is there.
    void set(std::uint64_t rate, std::size_t packet, time_point now) noexcept
    {
        refill(now);
        const bool was_limited = limited();
        rate_ = std::min(rate, fastest);
        burst_ = std::max(rate_ / parts_of_a_second, least_burst);
        recovery_ = std::max<std::uint64_t>(std::min({rate_ / parts_of_a_second, std::uint64_t(packet), burst_}), 1);
        tokens_ = was_limited ? std::min(tokens_, burst_) : burst_;
        if (!was_limited) {
            at_ = now;
            part_ = 0;
        }
    }

    /// How many of n bytes may leave now; zero: none before ready_at(n).
    std::size_t allows(std::size_t n, time_point now) noexcept
    {
        refill(now);
        return tokens_ >= needed(n) ? std::size_t(std::min<std::uint64_t>(n, tokens_)) : 0;
    }
    void spend(std::size_t n) noexcept { tokens_ -= std::min<std::uint64_t>(n, tokens_); }
    /// Does not depend on when it is asked, as long as nothing is spent.
    time_point ready_at(std::size_t n) const noexcept
    {
        const std::uint64_t need = needed(n);
        if (tokens_ >= need)
            return at_;
        const std::uint64_t missing = (need - tokens_) * second - part_;
        return at_ + std::chrono::nanoseconds((missing + rate_ - 1) / rate_);
    }
    std::uint64_t tokens() const noexcept { return tokens_; }

private:
    static constexpr std::uint64_t second = 1'000'000'000;

    std::uint64_t needed(std::size_t n) const noexcept { return std::min<std::uint64_t>(n, recovery_); }

    void refill(time_point now) noexcept
    {
        if (!limited() || now <= at_)
            return;
        const auto elapsed = std::uint64_t(std::chrono::nanoseconds(now - at_).count());
        at_ = now;
        const std::uint64_t room = burst_ - tokens_;
        if (elapsed / second > room / rate_) {
            tokens_ = burst_;
            part_ = 0;
            return;
        }
        const std::uint64_t parts = elapsed % second * rate_ + part_;
        const std::uint64_t gained = elapsed / second * rate_ + parts / second;
        part_ = gained < room ? parts % second : 0;
        tokens_ += std::min(gained, room);
    }

    std::uint64_t rate_ = 0;
    std::uint64_t burst_ = 0;
    std::uint64_t recovery_ = 1;
    std::uint64_t tokens_ = 0;
    std::uint64_t part_ = 0; // of a byte, in units of 1e-9
    time_point at_{};        // when tokens_ was true
};

} // namespace sshoal::mux
