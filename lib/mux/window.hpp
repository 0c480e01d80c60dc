// window.hpp - flow control of one channel (RFC 4254 §5.2): the receive window, whose size follows the path, and the send window.
//
// Growth of the receive window: a window of W bytes carries at most W per round trip, so a path needs W >= rate * round trip. If
// the user has consumed a whole window (less the bytes not yet worth a credit) within two round trips, the window may limit the
// rate: it doubles, within its ceiling and the budget of the connection. The window ends between two and five times the size that
// the path needs, and the window of a slow or idle channel never grows.
//
// Measurement of the round trip: data beyond a limit L cannot leave the peer before it has seen the adjustment that raised L, so
// the time from sending that adjustment to the first byte beyond L is never less than a round trip. The time is longer if the
// peer still had window left, or no data. So only adjustments sent with at most a quarter of the window left count (for a sender
// of steady rate r the time is then at most W/4r + a round trip, and growth needs r to be a quarter of what W allows), times over
// `longest_round_trip` are ignored, and the connection keeps the smallest time. Until the first measurement, adjustments wait for
// that quarter, which costs a peer at most one stall in the life of the connection; later ones leave early.
//
// Two round trips count as no less than `shortest_round`: on a fast local path a window must be larger than the data that the
// peer sends between two turns of the process scheduler. The same value is used while no round trip is known. Up to
// `modest_window` it is longer: when processes wait for a busy processor, a small window means a change of process for every few
// packets, and the clock measures their waiting instead of the path.
#pragma once

#include "base/clock.hpp"
#include "mux/settings.hpp"

#include <limits>

namespace sshoal::mux {

inline constexpr duration shortest_round = std::chrono::milliseconds(10);
inline constexpr duration shortest_modest_round = std::chrono::milliseconds(100);
/// The window that other implementations grant from the start.
inline constexpr std::uint32_t modest_window = 2 * 1024 * 1024;
inline constexpr duration longest_round_trip = std::chrono::seconds(3);
/// Adjustments for fewer bytes are not sent, if the window is large enough.
inline constexpr std::uint32_t least_credit = 32 * 1024;

/// The window budget and the round trip, which the channels of one connection share.
class window_pool {
public:
    explicit window_pool(const settings& s) noexcept : settings_(s), budget_(s.window_budget) {}

    std::uint32_t initial() const noexcept { return settings_.initial_window; }
    std::uint32_t ceiling() const noexcept { return settings_.max_window; }
    std::uint32_t max_packet() const noexcept { return settings_.max_packet; }

    /// Takes up to n bytes from the budget. Returns how many bytes were taken.
    std::uint32_t take(std::uint32_t n) noexcept;
    void give_back(std::size_t n) noexcept { budget_ += n; }
    std::size_t budget_left() const noexcept { return budget_; }

    duration rtt() const noexcept { return rtt_; } ///< zero: unknown
    void measured(duration sample) noexcept;

private:
    const settings& settings_;
    std::size_t budget_;
    duration rtt_{};
};

/// The credit that the peer still has. For a peer that respects the window, left + queued + consumed but not yet granted = size,
/// always.
///
/// Some peers exceed a window slightly: they count the head of a packet differently, or check too late. Data beyond the window is
/// accepted while less than the window and a tenth waits for the user (the tolerance of OpenSSH), so the data that a channel can
/// hold stays bounded.
class receive_window {
public:
    /// `size`: the window of a channel that has a size of its own, up to the ceiling and what the budget has left, and does not
    /// grow by itself; 0: the window begins with the initial size and grows.
    explicit receive_window(window_pool& p, std::uint32_t size = 0) noexcept;

    std::uint32_t left() const noexcept { return left_; }
    std::uint32_t size() const noexcept { return size_; }
    /// Returns the most bytes that may wait for the user, if the peer exceeds the window.
    std::uint64_t most_unread() const noexcept { return std::uint64_t(size_) + size_ / 10; }

    /// Records received data. Returns false if the peer has exceeded the window and its tolerance.
    bool received(std::size_t n, time_point now, window_pool&) noexcept;
    /// Records n bytes that the user has taken. Returns the credit to send to the peer now, or zero.
    std::uint32_t consumed(std::size_t n, time_point now, window_pool&) noexcept;
    /// Makes the window at least this large, as far as ceiling and budget allow. Returns the credit to send.
    std::uint32_t widen(std::uint32_t size, window_pool&) noexcept;
    /// Gives the growth of the window back to the budget.
    void release(window_pool&) noexcept;

private:
    std::uint64_t early_credit(const window_pool&) const noexcept;
    std::uint32_t credit_due(const window_pool&) const noexcept;
    std::uint32_t grow(time_point now, window_pool&) noexcept;

    std::uint32_t left_;
    std::uint32_t size_;
    std::uint32_t ungranted_ = 0;
    std::uint32_t base_; // the part of the size that is not from the budget
    std::uint64_t unread_ = 0; // bytes received and not consumed
    std::uint32_t before_limit_ = 0; // bytes that the peer may send before it has seen the probe's adjustment
    bool fixed_;
    time_point probe_sent_ = never;  // never: no probe is under way
    time_point round_start_ = never; // never: nothing has arrived yet
    std::uint64_t round_bytes_ = 0;  // bytes consumed since then
};

/// The window of our sending.
class send_window {
public:
    std::uint32_t left() const noexcept { return left_; }
    /// Adds credit. Returns false if the sum does not fit 32 bits, which RFC 4254 §5.2 forbids.
    bool credit(std::uint32_t n) noexcept
    {
        if (n > std::numeric_limits<std::uint32_t>::max() - left_)
            return false;
        left_ += n;
        return true;
    }
    void spend(std::uint32_t n) noexcept { left_ -= n; }

private:
    std::uint32_t left_ = 0;
};

} // namespace sshoal::mux
