// multiplexer_impl.hpp - the state of the multiplexer, for the files of this room.
#pragma once

#include "base/slot_map.hpp"
#include "mux/awaited_replies.hpp"
#include "mux/channel_impl.hpp"
#include "mux/event_notes.hpp"
#include "mux/global_requests.hpp"
#include "mux/send_scheduler.hpp"
#include "wire/message.hpp"

#include <unordered_map>

namespace sshoal::mux {

struct multiplexer::impl {
    impl(const settings& s, output& o, observer& who)
        : options(s), out(o), user(who), reporter(who), pool(options), globals(options, out, user, awaited, reporter), turns(options)
    {
        set_idle_times(s.idle);
    }

    /// An open of the peer that has not been answered yet.
    struct undecided_open {
        std::uint32_t serial; // distinguishes this open from an earlier one with the same number
        std::uint32_t remote_id;
        std::uint32_t window;
        std::uint32_t max_packet;
        std::string type; // empty unless a sink wants events, or idle channels are closed
    };

    // multiplexer.cpp: dispatch of messages
    failure handle(byte_view payload);
    failure on_channel_message(std::uint8_t number, byte_view payload);
    outcome<std::shared_ptr<channel_impl>> confirmed_channel(std::uint8_t number, std::uint32_t id);
    bool is_untimely(std::uint8_t number, std::uint32_t id) const noexcept;
    bool wake_writers();
    bool unimplemented(std::uint32_t sequence);
    void expire_replies(time_point now);
    time_point reply_deadline() const noexcept;
    void shut(const failure& why);
    void drop_channels();

    // opens.cpp
    failure on_open(byte_view payload);
    failure on_open_confirmation(byte_view payload);
    failure on_open_failure(byte_view payload);
    outcome<std::shared_ptr<channel>> open(std::string_view type, byte_view body, channel_observer&, const open_wishes&);
    std::shared_ptr<channel> accept(std::uint64_t token, channel_observer&, byte_view body);
    void refuse(std::uint64_t token, open_failure reason, std::string_view text);
    std::optional<undecided_open> decide(std::uint64_t token);
    void refuse_open(std::uint32_t recipient, std::string_view type, open_failure reason, std::string_view text);
    outcome<std::shared_ptr<channel_impl>> opening_channel(std::uint8_t number, std::uint32_t id);
    /// Closed channels may hold as much unread data as the windows of open channels may grow by.
    bool too_much_unread() const noexcept { return *unread > options.window_budget + options.initial_window; }
    bool full() const noexcept { return channels.size() + undecided.size() >= options.max_channels; }

    /// Gives a new channel its number.
    void assign_number(const std::shared_ptr<channel_impl>& c)
    {
        c->set_local_id(channels.insert(c));
        numbers_used = std::max(numbers_used, c->local_id() + 1);
    }

    // idle_times.cpp
    void set_idle_times(idle_times);
    /// Notes when a new channel would be idle for too long. Another name of a channel replaces the time if a pattern fits that name.
    void watch(const channel_impl&, std::string_view type);
    void note_use(std::uint32_t channel);
    void close_idle(time_point now);

    // for channels
    /// Returns how many of n bytes may leave in a packet of this channel now. Zero: the channel is woken when its turn comes.
    std::size_t admit(channel_impl& c, std::size_t n) { return turns.admit(c, n, out.can_send_data(), out.now()); }
    void limit_new(channel_impl& c)
    {
        if (options.channel_send_rate != 0)
            turns.set_rate(c, options.channel_send_rate, out.now());
    }
    /// Sends a message that has a recipient and at most one number.
    void send_short(std::uint8_t number, std::uint32_t recipient);
    void send_adjust(std::uint32_t recipient, std::uint32_t credit);
    template <class Message>
    void send(const Message& m)
    {
        if (over)
            return;
        wire::encode_to(scratch, m);
        out.send(scratch);
    }
    /// Sends the message in `scratch`, which wants a reply.
    void send_question(std::uint32_t ticket)
    {
        if (!over)
            out.send_question(scratch, ticket);
    }
    /// Removes a channel after CLOSE of both sides, or after a refused open.
    void release(channel_impl&, std::shared_ptr<const failure> why);

    const settings& options;
    output& out;
    observer& user;
    event_reporter reporter;
    window_pool pool;
    awaited_replies awaited;
    global_requests globals;
    slot_map<std::shared_ptr<channel_impl>> channels;
    std::uint64_t channels_opened = 0;
    std::size_t terminals = 0; // open channels that have one
    std::uint32_t numbers_used = 0; // all channel numbers used so far are below this
    const unread_total unread = std::make_shared<std::atomic<std::size_t>>(0); // unread bytes in closed channels
    slot_map<undecided_open> undecided;
    std::uint32_t next_serial = 0;
    send_scheduler turns;
    struct use {
        duration most;    // time without data after which the channel is closed
        time_point since; // latest data
    };
    struct idle_watch {
        idle_times times;
        std::unordered_map<std::uint32_t, use> channels;
        time_point due = never;  // no channel is idle for too long before this time
        time_point used_at{};    // data moved on some channel
    };
    std::unique_ptr<idle_watch> idle; // null for most connections: channels are open however idle they are
    bool waking = false;
    std::shared_ptr<const failure> over; // the failure that ended the connection
    bytes scratch;                       // a buffer for messages of any length, reused
};

} // namespace sshoal::mux
