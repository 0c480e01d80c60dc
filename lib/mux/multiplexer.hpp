// multiplexer.hpp - the connection protocol of one connection (RFC 4254): the table of channels, and global requests. Without
// I/O.
#pragma once

#include "base/clock.hpp"
#include "base/event_port.hpp"
#include "mux/channel.hpp"
#include "mux/settings.hpp"

#include <memory>

namespace sshoal::mux {

/// The destination of messages. These functions must not call the multiplexer or a channel before they return.
class output {
public:
    virtual ~output() = default;
    /// Returns whether data packets may be sent now: no key exchange is running and the output has room. Called before each
    /// packet.
    virtual bool can_send_data() const noexcept = 0;
    /// Returns the number of bytes until the output is full, or zero while can_send_data() is false.
    virtual std::size_t data_room() const noexcept = 0;
    virtual void send_data(byte_view head, byte_view body) = 0;
    /// Sends any other message, now or after a key exchange.
    virtual void send(byte_view payload) = 0;
    /// Sends a message that wants a reply; multiplexer::sent(ticket) follows when the message has become a packet.
    virtual void send_question(byte_view payload, std::uint32_t ticket) = 0;
    /// Counts a harmless message that makes no sense. Returns: a failure if the peer has sent too many of them in a row.
    virtual failure odd_message(std::string_view what) = 0;
    virtual time_point now() const noexcept = 0;
};

/// A channel that the peer wants to open. The views are valid during on_open() only.
struct incoming_open {
    std::uint64_t token; ///< for accept() or refuse()
    std::string_view type;
    byte_view body;
    std::uint32_t window;
    std::uint32_t max_packet;
};

struct incoming_global_request {
    std::uint64_t token; ///< for reply_global(), if want_reply
    std::string_view name;
    bool want_reply;
    byte_view body;
};

class observer : public event_port {
public:
    virtual ~observer() = default;
    virtual void on_open(const incoming_open&) = 0;
    virtual void on_global_request(const incoming_global_request&) = 0;
    virtual void on_global_reply(std::uint64_t token, bool success, byte_view body) = 0;
    /// Called instead of on_global_reply() if no reply came.
    virtual void on_no_global_reply(std::uint64_t token, no_reply) { on_global_reply(token, false, {}); }
};

class multiplexer {
public:
    /// Lifetime: the settings must live as long as the multiplexer.
    multiplexer(const settings&, output&, observer&);
    multiplexer(settings&&, output&, observer&) = delete;
    ~multiplexer();

    /// Handles a message with a number from 80 to 100. A failure is a violation that ends the connection.
    failure handle(byte_view payload);
    /// Call this when can_send_data() may be true again. Waiting writers get on_writable(), as many as the output has room for,
    /// in the order of send_scheduler.hpp.
    void sending_possible();
    /// Does the same when all writers that were woken have run: the room that they left goes to others. Call it after anything
    /// that may have run a writer, until it returns false, which means that no writer was woken.
    bool next_round();
    /// Returns when a rate limit lets a writer continue, a reply is overdue, or a channel may be idle for too long; call handle_deadline() then.
    time_point next_deadline() const noexcept;
    void handle_deadline(time_point now);

    /// Tells that a message given to output::send_question() has become the packet with this sequence number.
    void sent(std::uint32_t ticket, std::uint32_t sequence);
    /// Tells that the peer does not know the message of this packet (RFC 4253 §11.4), and ends the wait for its reply.
    /// Returns: whether a reply was awaited.
    bool unimplemented(std::uint32_t sequence);
    /// Limits the rate at which data of all channels together leaves; zero: no limit.
    void set_send_rate(std::uint64_t bytes_per_second);
    /// Replaces settings::idle for channels that are opened from now on.
    void set_idle_times(idle_times t);
    /// Ends everything when the connection is over: every channel gets on_closed(why), every global request
    /// on_global_reply(false).
    void shut(const failure& why);

    /// Opens a channel. Errors: too_many_channels, message_too_long, or the failure that ended the connection. The observer must
    /// outlive the channel or call detach().
    outcome<std::shared_ptr<channel>> open(std::string_view type, byte_view body, channel_observer&, const open_wishes& = {});
    /// Accepts an incoming_open. Returns null if the open is not pending any more, since the connection is over.
    std::shared_ptr<channel> accept(std::uint64_t token, channel_observer&, byte_view body = {});
    void refuse(std::uint64_t token, open_failure reason, std::string_view text);

    /// Errors: too_many_pending, message_too_long, or the failure that ended the connection.
    outcome<void> request_global(std::string_view name, bool want_reply, byte_view body, std::uint64_t token);
    void abandon_global(std::uint64_t token) noexcept;
    void reply_global(std::uint64_t token, bool success, byte_view body = {});

    std::size_t channel_count() const noexcept; ///< open, opening and closing channels
    std::size_t terminals() const noexcept;         ///< open channels that have a terminal
    std::uint64_t channels_opened() const noexcept; ///< all channels that have been open so far
    std::size_t undecided() const noexcept;
    /// Returns the round trip measured by filled windows; zero: not measured yet. feed_rtt() adds measurements by pings.
    duration rtt() const noexcept;
    void feed_rtt(duration) noexcept;

    struct impl;

private:
    std::unique_ptr<impl> impl_;
};

} // namespace sshoal::mux
