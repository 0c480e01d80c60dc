// token_bucket.hpp - limits the rate of sending, in bytes per second. The bytes sent in t seconds never exceed rate * t plus the
// burst. Fractions of a byte are carried over, so that even a rate of one byte a second is exact.
//
// The limit must not make packets tiny: an empty bucket is used again only when it has recovered the bytes of 50 ms, a whole
// packet, or all bytes asked for, whichever is least.
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
    /// Faster rates are reduced to this one: the nanoseconds of a second times the rate must fit 64 bits.
    static constexpr std::uint64_t fastest = 16'000'000'000;

    bool limited() const noexcept { return rate_ != 0; }

    /// Sets the rate; zero: no limit. A new limit begins with a full burst; a changed limit keeps the present tokens.
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

    /// Returns how many of n bytes may leave now. Zero: none may leave before ready_at(n).
    std::size_t allows(std::size_t n, time_point now) noexcept
    {
        refill(now);
        return tokens_ >= needed(n) ? std::size_t(std::min<std::uint64_t>(n, tokens_)) : 0;
    }
    void spend(std::size_t n) noexcept { tokens_ -= std::min<std::uint64_t>(n, tokens_); }
    /// Returns the time at which allows(n) becomes positive. The result changes only when tokens are spent.
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
    std::uint64_t part_ = 0; // fraction of a byte, in units of 1e-9
    time_point at_{};        // the time at which tokens_ was computed
};

} // namespace sshoal::mux
