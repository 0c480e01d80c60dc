// channel.hpp - one channel: two windows, two byte queues for what has arrived, half-close, and requests in order
// (RFC 4254 §5). Plain state; whoever waits for something is told through channel_observer.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/channel_priority.hpp"
#include "sshoal/error.hpp"

#include <memory>
#include <string>

namespace sshoal::mux {

class multiplexer;

/// Why a reply will not come, or is not waited for any more.
enum class no_reply : std::uint8_t {
    unimplemented, ///< the peer has answered SSH_MSG_UNIMPLEMENTED
    overdue,       ///< settings::reply_timeout has passed
};

enum class stream : std::uint8_t { data = 0, error = 1 }; ///< stderr is extended data of code 1

/// An incoming request. The views die with the call.
struct incoming_request {
    std::string_view type;
    bool want_reply;
    byte_view body;
    std::uint64_t token; ///< for channel::reply(), if want_reply
};

/// Whoever uses a channel. Calls come from inside multiplexer::handle() and friends; they may call back into the channel.
class channel_observer {
public:
    virtual ~channel_observer() = default;
    /// Our open was confirmed, or refused (then the channel is closed, and on_closed() does not follow).
    virtual void on_open_confirmed(byte_view body) = 0;
    virtual void on_open_refused(open_failure reason, std::string text) = 0;
    /// Data arrived. The return value says how many bytes the observer took at once, for a reader that was waiting;
    /// the rest is queued. Taken bytes count as consumed. Not called while older bytes of this stream are queued: read those
    /// first.
    virtual std::size_t on_data(stream, byte_view data) = 0;
    /// The peer sent EOF or CLOSE: behind what is queued comes nothing more.
    virtual void on_eof() = 0;
    /// The peer sent CLOSE, and hold_close() keeps ours back. on_closed() follows when that has gone.
    virtual void on_peer_closed() {}
    /// A write that moved less than asked may be worth trying again.
    virtual void on_writable() = 0;
    virtual void on_request(const incoming_request&) = 0;
    virtual void on_reply(std::uint64_t token, bool success) = 0;
    /// Instead of on_reply().
    virtual void on_no_reply(std::uint64_t token, no_reply) { on_reply(token, false); }
    /// The channel is over: CLOSE went both ways (`why` is none), or the connection ended (then with the reason), confirmed or
    /// not. The last call. Queued data can still be read.
    virtual void on_closed(const failure& why) = 0;
};

struct channel_counters {
    std::uint64_t bytes_in = 0, bytes_out = 0, packets_in = 0, packets_out = 0;
};

class channel {
public:
    virtual ~channel() = default;

    virtual std::uint32_t local_id() const noexcept = 0;
    virtual std::uint32_t remote_id() const noexcept = 0;
    virtual bool is_open() const noexcept = 0;   ///< confirmed, and CLOSE has been neither sent nor received
    virtual bool is_closed() const noexcept = 0; ///< on_closed() or on_open_refused() has been called, or the observer left

    /// Moves queued bytes out and gives the peer its credit back. 0: nothing is queued; see at_eof().
    virtual std::size_t read(stream, byte_span into) = 0;
    virtual std::size_t queued(stream) const noexcept = 0;
    /// Nothing is queued on this stream and nothing will come.
    virtual bool at_eof(stream) const noexcept = 0;
    /// From now on everything that arrives on this stream is dropped, with credit.
    virtual void discard(stream) = 0;
    /// From now on what arrives as stderr joins the ordinary data, in the order of arrival.
    virtual void merge_error_stream() = 0;

    /// The peer may send this much before it has to wait, without having to show first that it can; see receive_window::widen().
    virtual void widen_window(std::uint32_t size) = 0;

    /// Sends as many packets as the window, the key exchange, the output, its turn and the limits allow right now; returns the
    /// bytes taken. When that is less than asked, on_writable() follows. 0 after EOF or CLOSE too: ask write_failure().
    virtual std::size_t write(stream, byte_view from) = 0;
    /// Why write() cannot ever move bytes again (end_of_file, channel_closed, the connection's failure); none while it can.
    virtual failure write_failure() const = 0;
    // How it is sent: see send_scheduler.hpp. After each of these, as after write(), the driver owes the multiplexer a
    // next_round().
    virtual void set_priority(channel_priority) = 0;
    /// It has a terminal: unless set otherwise, it is interactive.
    virtual void set_terminal() = 0;
    /// A limit to the rate at which its data leaves; zero: none.
    virtual void set_send_rate(std::uint64_t bytes_per_second) = 0;

    /// Our last byte on this channel. Later calls do nothing.
    virtual void send_eof() = 0;
    /// Sends EOF, if that has not gone, and CLOSE, now or when the open is confirmed (on_open_confirmed() is called all the
    /// same). Reading what is queued stays possible; what arrives from now on is dropped. Later calls do nothing.
    virtual void close() = 0;
    /// From now on the peer's CLOSE is answered by close() or detach() alone, so that a last request that wants no reply can go
    /// before ours. Data is not written any more then.
    virtual void hold_close() = 0;
    /// The observer leaves: closes (without EOF), drops what is queued, and no further call is made.
    virtual void detach() = 0;

    /// Sends a request. With want_reply, on_reply(token) follows, in order, or on_no_reply(), or on_closed(). Errors:
    /// channel_closed, too_many_pending, message_too_long.
    virtual outcome<void> request(std::string_view type, bool want_reply, byte_view body, std::uint64_t token) = 0;
    /// Nobody waits for this reply any more; its place in the order stays.
    virtual void abandon_request(std::uint64_t token) noexcept = 0;
    /// Answers an incoming request. Answers go out in the order of the requests, whichever is given first.
    virtual void reply(std::uint64_t token, bool success) = 0;

    virtual std::uint32_t local_window() const noexcept = 0;  ///< what the peer may still send
    virtual std::uint32_t window_size() const noexcept = 0;   ///< what the receive window has grown to
    virtual std::uint64_t remote_window() const noexcept = 0; ///< what we may still send
    virtual const channel_counters& count() const noexcept = 0;
};

} // namespace sshoal::mux
