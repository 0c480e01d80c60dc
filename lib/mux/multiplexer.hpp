// multiplexer.hpp - the connection protocol of one connection (RFC 4254): the table of channels, and global requests. Without
// I/O.
#pragma once

#include "base/clock.hpp"
#include "mux/channel.hpp"
#include "mux/settings.hpp"

#include <memory>

namespace sshoal::mux {

/// Where messages go. None of these calls back into the multiplexer or a channel before it has returned.
class output {
public:
    virtual ~output() = default;
    /// Data packets may go out now: no key exchange is under way and the output has room. Asked before each packet.
    virtual bool can_send_data() const noexcept = 0;
    /// How many bytes are missing until the output is full; zero while can_send_data() is false.
    virtual std::size_t data_room() const noexcept = 0;
    virtual void send_data(byte_view head, byte_view body) = 0;
    /// Everything else: sent now or queued behind a key exchange.
    virtual void send(byte_view payload) = 0;
    /// The same for what wants a reply; multiplexer::sent(ticket) follows when it has become a packet.
    virtual void send_question(byte_view payload, std::uint32_t ticket) = 0;
    /// The peer has sent something that makes no sense here and does no harm. Returns: a failure where it does nothing else.
    virtual failure odd_message(std::string_view what) = 0;
    virtual time_point now() const noexcept = 0;
};

/// A channel that the peer wants to open. The views die with the call to on_open(); copy what is needed.
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

class observer {
public:
    virtual ~observer() = default;
    virtual void on_open(const incoming_open&) = 0;
    virtual void on_global_request(const incoming_global_request&) = 0;
    virtual void on_global_reply(std::uint64_t token, bool success, byte_view body) = 0;
    /// Instead of on_global_reply().
    virtual void on_no_global_reply(std::uint64_t token, no_reply) { on_global_reply(token, false, {}); }
};

class multiplexer {
public:
    multiplexer(const settings&, output&, observer&);
    ~multiplexer();

    /// One message of the numbers 80 to 100. A failure is a violation that ends the connection.
    failure handle(byte_view payload);
    /// can_send_data() may be true again: writers that wait get on_writable(), as many as it has room for, in the order of
    /// send_scheduler.hpp.
    void sending_possible();
    /// The same where all that have been woken have had their chance to write: what they left is for others. To be called until
    /// it returns false (it woke nobody), after whatever may have run a writer.
    bool next_round();
    /// When a limit of sending lets somebody go on, or a reply is overdue: handle_deadline() then.
    time_point next_deadline() const noexcept;
    void handle_deadline(time_point now);

    /// A message given to output::send_question() left as the packet of this sequence number.
    void sent(std::uint32_t ticket, std::uint32_t sequence);
    /// The peer does not know the message of this packet (RFC 4253 §11.4): whatever waits for a reply to it does so no longer.
    /// Returns: whether there was any.
    bool unimplemented(std::uint32_t sequence);
    /// A limit to the rate at which data of channels leaves, all of them together; zero: none.
    void set_send_rate(std::uint64_t bytes_per_second);
    /// The connection is over: every channel gets on_closed(why), every global request on_global_reply(false).
    void shut(const failure& why);

    /// Opens a channel. Errors: too_many_channels, message_too_long, or why the connection is over. The observer outlives the
    /// channel or calls detach().
    outcome<std::shared_ptr<channel>> open(std::string_view type, byte_view body, channel_observer&);
    /// Answers an incoming_open; null where it is not undecided any more (connection over).
    std::shared_ptr<channel> accept(std::uint64_t token, channel_observer&, byte_view body = {});
    void refuse(std::uint64_t token, open_failure reason, std::string_view text);

    /// Errors: too_many_pending, message_too_long, or why the connection is over.
    outcome<void> request_global(std::string_view name, bool want_reply, byte_view body, std::uint64_t token);
    void abandon_global(std::uint64_t token) noexcept;
    void reply_global(std::uint64_t token, bool success, byte_view body = {});

    std::size_t channel_count() const noexcept; ///< open, opening and closing
    std::size_t undecided() const noexcept;
    /// The round trip measured so far by filled windows; zero: none yet. feed_rtt() takes measurements from elsewhere (pings).
    duration rtt() const noexcept;
    void feed_rtt(duration) noexcept;

    struct impl;

private:
    std::unique_ptr<impl> impl_;
};

} // namespace sshoal::mux
