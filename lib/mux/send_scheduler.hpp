// send_scheduler.hpp - decides which channel sends the next data packet. Every channel asks before each packet; a channel that
// may not send now waits here and is woken when its turn comes.
//
// Urgent channels go first. A channel with little data is urgent: an interactive channel with up to 32 KiB of an epoch (256 KiB
// that the connection sends), an automatic one with up to 4 KiB, so that short requests and answers need no declaration. An
// urgent channel sends at once if the output has room, even if others wait. Urgent data is at most half of an epoch; the rest
// waits with the bulk. So no channel starves: while bulk data waits, it gets at least half of the bytes.
//
// Surplus round robin shares the rest. The channel at the front gets a quantum, sends while its allowance is positive and goes to
// the back; a packet beyond the allowance reduces the next one. Urgent data reduces it too: urgency changes the order, not the
// share.
//
// A channel that is woken is often a coroutine that runs later. So several channels are woken at a time, as many as the output
// has room for, and each has a grant: no other channel may use that room meanwhile, and a channel that finds no room returns to
// its place. A grant lapses when the next round begins; all woken channels have run by then. While no channel waits and no grant
// is out, a channel sends freely and nothing is counted against it.
#pragma once

#include "mux/sender.hpp"
#include "mux/settings.hpp"

namespace sshoal::mux {

class send_scheduler {
public:
    static constexpr std::uint32_t quantum = 32 * 1024;
    static constexpr std::uint32_t epoch_size = 256 * 1024;
    static constexpr std::uint32_t urgent_of_epoch = epoch_size / 2;   ///< for all channels together
    static constexpr std::uint32_t interactive_of_epoch = 32 * 1024;   ///< one channel
    static constexpr std::uint32_t automatic_of_epoch = 4 * 1024;      ///< one channel
    static constexpr std::int32_t quanta_of_debt = 4;                  ///< limit of the urgent data that counts against a channel

    explicit send_scheduler(const settings&);

    /// Returns how many of n > 0 bytes this channel may put into a packet now. Zero: the channel has been queued, and next() will
    /// return it. `output_open` tells whether the output takes data.
    std::size_t admit(sender&, std::size_t n, bool output_open, time_point now);
    /// Records a packet that has been sent.
    void sent(sender&, std::size_t n) noexcept;

    /// Begins a new round: takes back the grants that have not been used.
    void lapse() noexcept;
    /// Returns the next channel that may send, now that the output has room for so many bytes; the channel waits no longer. Null:
    /// no channel.
    sender* next(std::size_t room, time_point now) noexcept;
    /// Returns when a rate limit lets a channel continue; a time in the past if one could continue now. Called while the output
    /// has room.
    time_point next_deadline() const noexcept;

    /// Removes a channel that has nothing to send any more.
    void leave(sender&) noexcept;
    void set_priority(sender&, channel_priority) noexcept;
    void set_terminal(sender&) noexcept;
    /// Sets the rate in bytes per second; zero: no limit. The next round looks at waiting channels again.
    void set_rate(sender&, std::uint64_t rate, time_point now);
    void set_rate(std::uint64_t rate, time_point now) noexcept { limit_.set(rate, packet_, now); }

private:
    using place = sender::place;

    static bool waits(const sender& s) noexcept
    {
        return s.place_ == place::urgent || s.place_ == place::bulk || s.place_ == place::limited;
    }
    static bool is_granted(const sender& s) noexcept { return s.place_ == place::granted || s.place_ == place::called; }
    bool is_alone(const sender& s) const noexcept { return urgent_.empty() && bulk_.empty() && granted_.empty_but_for(s); }
    bool is_urgent(const sender&, std::size_t n) const noexcept;
    std::size_t wait(sender&, std::size_t n) noexcept;
    void wait_for_limit(sender&, std::size_t n) noexcept;
    void enter(place, sender&) noexcept;
    void release_limited(time_point now) noexcept;
    sender_list& list_of(place) noexcept;

    const std::size_t packet_; // the largest
    const std::int32_t quantum_;
    sender_list urgent_, bulk_, limited_;
    sender_list granted_; // granted and called
    std::size_t outstanding_ = 0; // allowances of granted channels, and the bytes that called ones asked for
    token_bucket limit_;
    std::uint32_t last_ticket_ = 0;
    std::uint32_t epoch_ = 0;
    std::uint32_t sent_in_epoch_ = 0;
    std::uint32_t urgent_in_epoch_ = 0;
};

} // namespace sshoal::mux
