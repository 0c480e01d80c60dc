// channel.hpp - one channel: two windows, two byte queues for what has arrived, half-close, and requests in order
// (RFC 4254 §5). Plain state; events go to the channel_observer.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/channel_priority.hpp"
#include "sshoal/error.hpp"

#include <memory>
#include <string>

namespace sshoal::mux {

class multiplexer;

/// The reason why no reply will come, or why the wait for it has ended.
enum class no_reply : std::uint8_t {
    unimplemented, ///< the peer has answered SSH_MSG_UNIMPLEMENTED
    overdue,       ///< settings::reply_timeout has passed
};

/// An open may set these values for its channel; 0 and empty stand for the connection's settings.
struct open_wishes {
    std::uint32_t window = 0;     ///< the receive window, which does not grow by itself then
    std::uint32_t max_packet = 0; ///< the most data in one packet, both ways
    std::string_view name;        ///< for events
};

enum class stream : std::uint8_t { data = 0, error = 1 }; ///< stderr is extended data of code 1

/// An incoming request. The views are valid during the call only.
struct incoming_request {
    std::string_view type;
    bool want_reply;
    byte_view body;
    std::uint64_t token; ///< for channel::reply(), if want_reply
};

/// The user of a channel. The calls come from inside functions of the multiplexer; they may call functions of the channel.
class channel_observer {
public:
    virtual ~channel_observer() = default;
    /// Our open was confirmed, or refused. After a refusal the channel is closed and on_closed() does not follow.
    virtual void on_open_confirmed(byte_view body) = 0;
    virtual void on_open_refused(open_failure reason, std::string text) = 0;
    /// Data arrived. Returns the number of bytes that the observer took at once, for a waiting reader; the rest is queued. Bytes
    /// taken count as consumed. Not called while older bytes of this stream are queued; those must be read first.
    virtual std::size_t on_data(stream, byte_view data) = 0;
    /// The peer sent EOF or CLOSE: no bytes follow those that are queued.
    virtual void on_eof() = 0;
    /// The peer sent CLOSE, and hold_close() delays ours. on_closed() follows when ours has been sent.
    virtual void on_peer_closed() {}
    /// A write that took fewer bytes than offered can be tried again.
    virtual void on_writable() = 0;
    virtual void on_request(const incoming_request&) = 0;
    virtual void on_reply(std::uint64_t token, bool success) = 0;
    /// Called instead of on_reply() if no reply came.
    virtual void on_no_reply(std::uint64_t token, no_reply) { on_reply(token, false); }
    /// The channel is over: CLOSE went both ways (`why` is no failure), or the connection ended (`why` is the reason), whether
    /// the open was confirmed or not. This is the last call. Queued data can still be read.
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

    /// Moves queued bytes into `into` and returns their credit to the peer. Returns 0 if nothing is queued; see at_eof().
    virtual std::size_t read(stream, byte_span into) = 0;
    virtual std::size_t queued(stream) const noexcept = 0;
    /// Returns whether nothing is queued on this stream and nothing will arrive.
    virtual bool at_eof(stream) const noexcept = 0;
    /// Drops all data that arrives on this stream from now on, and returns its credit.
    virtual void discard(stream) = 0;
    /// Treats data that arrives as stderr from now on as ordinary data, in the order of arrival.
    virtual void merge_error_stream() = 0;

    /// Grants the peer a window of this size at once, before the peer has filled a smaller one; see receive_window::widen().
    virtual void widen_window(std::uint32_t size) = 0;

    /// Sends as many packets as the window, key exchanges, the output, the scheduler and the limits allow now. Returns the number
    /// of bytes taken. If fewer bytes than offered were taken, on_writable() follows. Returns 0 after EOF or CLOSE;
    /// write_failure() has the reason.
    virtual std::size_t write(stream, byte_view from) = 0;
    /// Returns why write() will never take bytes again (end_of_file, channel_closed, the connection's failure), or no failure.
    virtual failure write_failure() const = 0;
    // The order of sending; see send_scheduler.hpp. After each of these calls, as after write(), the driver must call
    // next_round() of the multiplexer.
    virtual void set_priority(channel_priority) = 0;
    /// Tells that the channel has a terminal, which makes it interactive unless set_priority() says otherwise.
    virtual void set_terminal() = 0;
    /// A name that says more than the channel's type, such as "session:command", for idle times.
    virtual void set_purpose(std::string_view name) = 0;
    /// Limits the rate at which the channel's data leaves; zero: no limit.
    virtual void set_send_rate(std::uint64_t bytes_per_second) = 0;

    /// Names the channel for events.
    virtual void set_name(std::string_view name) = 0;

    /// Sends EOF: no bytes of ours follow. Later calls do nothing.
    virtual void send_eof() = 0;
    /// Sends EOF, if it has not been sent, and CLOSE, now or when the open is confirmed (on_open_confirmed() is still called).
    /// Queued data can still be read; data that arrives from now on is dropped. Later calls do nothing.
    virtual void close() = 0;
    /// Delays our answer to the peer's CLOSE until close() or detach(), so that a last request without a reply can precede it.
    /// After the peer's CLOSE no data is written any more.
    virtual void hold_close() = 0;
    /// Detaches the observer: closes the channel without EOF and drops queued data. The observer gets no further call.
    virtual void detach() = 0;

    /// Sends a request. If want_reply is set, on_reply(token) follows in the order of requests, or on_no_reply(), or on_closed().
    /// Errors: channel_closed, too_many_pending, message_too_long.
    virtual outcome<void> request(std::string_view type, bool want_reply, byte_view body, std::uint64_t token) = 0;
    /// Ends the wait for this reply; the request keeps its place in the order.
    virtual void abandon_request(std::uint64_t token) noexcept = 0;
    /// Answers an incoming request. Answers are sent in the order of the requests, in whatever order they are given.
    virtual void reply(std::uint64_t token, bool success) = 0;

    virtual std::uint32_t local_window() const noexcept = 0;  ///< bytes that the peer may still send
    virtual std::uint32_t window_size() const noexcept = 0;   ///< size to which the receive window has grown
    virtual std::uint64_t remote_window() const noexcept = 0; ///< bytes that we may still send
    virtual const channel_counters& count() const noexcept = 0;
};

} // namespace sshoal::mux
