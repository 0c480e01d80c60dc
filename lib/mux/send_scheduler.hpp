// send_scheduler.hpp - whose data packet leaves next. Every channel asks before each packet; whoever may not send now waits here
// and is woken when its turn comes.
//
// Who goes first. A channel with little to say is urgent: an interactive one with up to 32 KiB of an epoch (256 KiB that the
// connection sends), an automatic one with up to 4 KiB, so that requests and answers need not be declared. It sends at once if
// the output has room, whoever else waits. Urgent data is at most half of an epoch; everything beyond that waits with the bulk.
// So nobody starves: while bulk waits, it gets at least half of the bytes.
//
// How the rest is shared: surplus round robin. Whoever comes to the front gets a quantum, sends while the allowance is positive
// and goes to the back; what a packet was too large comes off the next allowance. What was sent as urgent comes off it too: being
// urgent changes the order, not the share.
//
// A channel that is woken is often a coroutine that runs later. So several are woken at a time, as many as the output has room
// for, and each brings its grant along: nobody else may use that room up meanwhile, and who finds no room after all comes back to
// the place it had. A grant lapses when the next round begins, by when all of them have run. As long as nobody waits and no grant
// is out, a channel sends freely and nothing is counted against it.
#pragma once

#include "mux/sender.hpp"
#include "mux/settings.hpp"

namespace sshoal::mux {

class send_scheduler {
public:
    static constexpr std::uint32_t quantum = 32 * 1024;
    static constexpr std::uint32_t epoch_size = 256 * 1024;
    static constexpr std::uint32_t urgent_of_epoch = epoch_size / 2;   ///< all channels together
    static constexpr std::uint32_t interactive_of_epoch = 32 * 1024;   ///< one channel
    static constexpr std::uint32_t automatic_of_epoch = 4 * 1024;      ///< one channel
    static constexpr std::int32_t quanta_of_debt = 4;                  ///< urgent data that is remembered

    explicit send_scheduler(const settings&);

    /// How many of n > 0 bytes this channel may put into a packet now. Zero: it has been queued, and next() will name it.
    /// `output_open`: the output takes data.
    std::size_t admit(sender&, std::size_t n, bool output_open, time_point now);
    /// The packet is out.
    void sent(sender&, std::size_t n) noexcept;

    /// A new round: what has been granted and not been used is taken back.
    void lapse() noexcept;
    /// Who may go on, now that the output has room for so many bytes; it waits no longer. Null: nobody.
    sender* next(std::size_t room, time_point now) noexcept;
    /// When a limit lets somebody go on; in the past if somebody could now. Asked while the output has room.
    time_point next_deadline() const noexcept;

    /// It has nothing to send any more.
    void leave(sender&) noexcept;
    void set_priority(sender&, channel_priority) noexcept;
    void set_terminal(sender&) noexcept;
    /// Bytes per second, zero: no limit. Those who wait are looked at in the next round.
    void set_rate(sender&, std::uint64_t rate, time_point now);
    void set_rate(std::uint64_t rate, time_point now) noexcept { limit_.set(rate, packet_, now); }

private:
    using place = sender::place;

    static bool waits(const sender& s) noexcept
    {
        return s.place_ == place::urgent || s.place_ == place::bulk || s.place_ == place::limited;
    }
    static bool is_granted(const sender& s) noexcept { return s.place_ == place::granted || s.place_ == place::called; }
    bool has_the_way(const sender& s) const noexcept { return urgent_.empty() && bulk_.empty() && granted_.empty_but_for(s); }
    bool is_urgent(const sender&, std::size_t n) const noexcept;
    std::size_t wait(sender&, std::size_t n) noexcept;
    void wait_for_limit(sender&, std::size_t n) noexcept;
    void enter(place, sender&) noexcept;
    void release_limited(time_point now) noexcept;
    sender_list& list_of(place) noexcept;

    const std::size_t packet_; // the largest
    const std::int32_t quantum_;
    sender_list urgent_, bulk_, limited_;
    sender_list granted_; // and called
    std::size_t outstanding_ = 0; // allowances of the granted, and what the called asked for
    token_bucket limit_;
    std::uint32_t last_ticket_ = 0;
    std::uint32_t epoch_ = 0;
    std::uint32_t sent_in_epoch_ = 0;
    std::uint32_t urgent_in_epoch_ = 0;
};

} // namespace sshoal::mux
