// window.hpp - flow control of one channel (RFC 4254 §5.2): what the peer may send us, with a size that follows the path, and
// what we may send.
//
// How the receive window grows. A window of W bytes carries at most W per round trip, so a path needs W >= rate * round trip.
// Whenever the user has consumed a whole window, less what is not worth a credit yet, within two round trips, the window was too
// small to tell: it doubles, within its ceiling and the budget of the connection. It so ends between two and five times what the
// path needs, and a slow or idle channel never grows.
//
// How the round trip is measured. Data beyond a limit L cannot leave the peer before it has seen the adjustment that raised L,
// so the time from sending that adjustment to the first byte beyond L is never less than a round trip. It is more where the peer
// still had allowance left, or nothing to say. Hence only adjustments sent with at most a quarter of the window left count (for
// a sender of steady rate r the time is then at most W/4r + a round trip, and growth needs r to be a quarter of what W allows),
// times over `longest_round_trip` are thrown away, and the connection keeps the smallest. While nothing is known, adjustments
// wait for that quarter, which costs a peer at most one stall in the life of the connection; later ones leave early.
//
// Two round trips count as no less than `shortest_round`: on a fast local path a window need not be larger than the path, but
// larger than what the peer sends between two turns of the scheduler. It also is the rule while no round trip is known. Up to
// `modest_window` it is longer: where processes wait for their turn on a busy processor, a small window means a change of process
// for every few packets, and the clock shows their waiting instead of the path.
#pragma once

#include "base/clock.hpp"
#include "mux/settings.hpp"

#include <limits>

namespace sshoal::mux {

inline constexpr duration shortest_round = std::chrono::milliseconds(10);
inline constexpr duration shortest_modest_round = std::chrono::milliseconds(100);
/// What other implementations grant from the start.
inline constexpr std::uint32_t modest_window = 2 * 1024 * 1024;
inline constexpr duration longest_round_trip = std::chrono::seconds(3);
/// Adjustments are not worth sending for less, where the window allows.
inline constexpr std::uint32_t least_credit = 32 * 1024;

/// What the channels of one connection share.
class window_pool {
public:
    explicit window_pool(const settings& s) noexcept : settings_(s), budget_(s.window_budget) {}

    std::uint32_t initial() const noexcept { return settings_.initial_window; }
    std::uint32_t ceiling() const noexcept { return settings_.max_window; }
    std::uint32_t max_packet() const noexcept { return settings_.max_packet; }

    /// Takes up to n bytes out of the budget; returns how many.
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

/// The credit that the peer still has. With a peer that keeps to it, left + queued + consumed but not yet granted = size, always.
///
/// Some peers overstep a window slightly: they count a packet's head otherwise, or look too late. Data beyond the window is taken
/// like any other as long as less than a tenth more than the window waits for the user (as much as OpenSSH takes), so that what
/// a channel can hold is bounded all the same.
class receive_window {
public:
    explicit receive_window(const window_pool& p) noexcept : left_(p.initial()), size_(p.initial()) {}

    std::uint32_t left() const noexcept { return left_; }
    std::uint32_t size() const noexcept { return size_; }
    /// The most bytes that may wait for the user, where the peer oversteps.
    std::uint64_t most_unread() const noexcept { return std::uint64_t(size_) + size_ / 10; }

    /// False: more than the peer was allowed to send, and than is put up with.
    bool received(std::size_t n, time_point now, window_pool&) noexcept;
    /// The user has taken n bytes. Returns the credit to send to the peer now, or zero.
    std::uint32_t consumed(std::size_t n, time_point now, window_pool&) noexcept;
    /// The window is at least this large from now on, as far as ceiling and budget allow. Returns the credit to send.
    std::uint32_t widen(std::uint32_t size, window_pool&) noexcept;
    /// Gives back what the window has grown by.
    void release(window_pool&) noexcept;

private:
    std::uint64_t early_credit(const window_pool&) const noexcept;
    std::uint32_t credit_due(const window_pool&) const noexcept;
    std::uint32_t grow(time_point now, window_pool&) noexcept;

    std::uint32_t left_;
    std::uint32_t size_;
    std::uint32_t ungranted_ = 0;
    std::uint64_t unread_ = 0; // received and not consumed
    std::uint32_t before_limit_ = 0; // of a probe: bytes the peer may send without having seen the adjustment
    time_point probe_sent_ = never;  // never: no probe is under way
    time_point round_start_ = never; // never: nothing has arrived yet
    std::uint64_t round_bytes_ = 0;  // consumed since then
};

/// What we may still send.
class send_window {
public:
    std::uint32_t left() const noexcept { return left_; }
    /// False: the sum does not fit 32 bits, which RFC 4254 §5.2 forbids.
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
