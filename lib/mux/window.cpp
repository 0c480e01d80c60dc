#include "mux/window.hpp"

#include <algorithm>

namespace sshoal::mux {

std::uint32_t window_pool::take(std::uint32_t n) noexcept
{
    n = std::uint32_t(std::min<std::size_t>(n, budget_));
    budget_ -= n;
    return n;
}

void window_pool::measured(duration sample) noexcept
{
    // The clock is read once per turn, so two events can have the same time.
    sample = std::max<duration>(sample, std::chrono::microseconds(1));
    if (sample <= longest_round_trip && (rtt_ == duration::zero() || sample < rtt_))
        rtt_ = sample;
}

receive_window::receive_window(window_pool& pool, std::uint32_t size) noexcept
    : left_(pool.initial()), size_(pool.initial()), base_(pool.initial()), fixed_(size != 0)
{
    if (size > base_)
        widen(size, pool);
    else if (fixed_)
        left_ = size_ = base_ = size;
}

bool receive_window::received(std::size_t n, time_point now, window_pool& pool) noexcept
{
    if (n > left_ && n > most_unread() - std::min(unread_, most_unread()))
        return false;
    left_ -= std::uint32_t(std::min<std::size_t>(n, left_));
    unread_ += n;
    if (probe_sent_ != never) {
        if (n > before_limit_) {
            pool.measured(now - probe_sent_);
            probe_sent_ = never;
        } else {
            before_limit_ -= std::uint32_t(n);
        }
    }
    if (round_start_ == never)
        round_start_ = now;
    return true;
}

std::uint32_t receive_window::consumed(std::size_t n, time_point now, window_pool& pool) noexcept
{
    ungranted_ += std::uint32_t(n);
    unread_ -= std::min<std::uint64_t>(n, unread_);
    if (ungranted_ < credit_due(pool))
        return 0;
    round_bytes_ += ungranted_;
    if (probe_sent_ == never && left_ <= std::max(size_ / 4, pool.max_packet())) {
        probe_sent_ = now;
        before_limit_ = left_;
    }
    const std::uint32_t credit = ungranted_ + grow(now, pool);
    ungranted_ = 0;
    left_ += credit;
    return credit;
}

std::uint64_t receive_window::early_credit(const window_pool& pool) const noexcept
{
    const std::uint64_t packet = pool.max_packet();
    const std::uint64_t three_packets = std::max<std::uint64_t>(3 * packet, least_credit);
    // Credit at a quarter of the window keeps the pipe full. A small window waits for a half, so that tiny reads do not become
    // tiny credits.
    const std::uint64_t quarter = std::min<std::uint64_t>(three_packets, std::max(size_ / 4, std::min(least_credit, size_ / 2)));
    // For a large window an eighth is early enough; each credit costs a packet and wakes the peer.
    return std::max<std::uint64_t>(quarter, size_ / 8);
}

std::uint32_t receive_window::credit_due(const window_pool& pool) const noexcept
{
    const std::uint64_t packet = pool.max_packet();
    const std::uint64_t early = early_credit(pool);
    if (pool.rtt() != duration::zero())
        return std::uint32_t(std::max<std::uint64_t>(early, 1));
    // At least one packet must remain, since some peers wait until a whole packet fits.
    const std::uint64_t late = std::min<std::uint64_t>(size_ - size_ / 4, size_ > packet ? size_ - packet : 0);
    return std::uint32_t(std::max<std::uint64_t>({late, early, 1}));
}

std::uint32_t receive_window::grow(time_point now, window_pool& pool) noexcept
{
    const duration elapsed = now - round_start_;
    const bool in_time = elapsed <= std::max(2 * pool.rtt(), size_ < modest_window ? shortest_modest_round : shortest_round);
    // A sender that fills the window sends this many bytes per round trip, whatever the timing of the credits. If the whole
    // window were the measure, a remainder that waits for its credit would make each round last a little more than two round
    // trips.
    if (in_time && round_bytes_ < size_ - early_credit(pool))
        return 0;
    std::uint32_t more = 0;
    if (in_time && !fixed_ && size_ < pool.ceiling())
        more = pool.take(std::min(size_, pool.ceiling() - size_));
    size_ += more;
    round_start_ = now;
    round_bytes_ = 0;
    return more;
}

std::uint32_t receive_window::widen(std::uint32_t size, window_pool& pool) noexcept
{
    size = std::min(size, pool.ceiling());
    if (size <= size_)
        return 0;
    const std::uint32_t more = pool.take(size - size_);
    size_ += more;
    left_ += more;
    return more;
}

void receive_window::release(window_pool& pool) noexcept
{
    pool.give_back(size_ - base_);
    size_ = base_;
}

} // namespace sshoal::mux
