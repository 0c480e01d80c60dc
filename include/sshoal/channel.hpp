// channel.hpp - one SSH channel: an ordered, flow-controlled byte stream each way, with a stderr side stream and requests (RFC
// 4254 §5).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/channel_priority.hpp>
#include <sshoal/error.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/lines.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal::conn {
struct channel_handle;
class channel_state;
} // namespace sshoal::conn

namespace sshoal SSHOAL_API {

class connection;

/// The two streams of a channel: the ordinary data, and extended data of type stderr (RFC 4254 §5.2).
enum class data_stream : std::uint8_t { normal = 0, error = 1 };

/// A request that the peer made on a channel: type, body, and a place for the answer.
class channel_request {
public:
    channel_request() {}
    std::string type;
    std::vector<std::byte> body; ///< the bytes that follow want_reply on the wire
    bool want_reply = false;
    std::uint64_t token = 0;     ///< for channel::answer()
};

/// Options of connection::open_channel(). Setters return the object.
class channel_options {
public:
    channel_options() {}
    /// Sets the receive window, up to limits::max_window and what limits::window_budget has left. A window that is set does not
    /// grow by itself; channel::widen_window() can still make it larger. Default: limits::initial_window, which grows.
    channel_options& window(std::uint32_t size) { window_ = size; return *this; }
    /// Limits the data in one packet, both ways, to less than limits::max_data.
    channel_options& max_packet(std::uint32_t size) { packet_ = size; return *this; }
    /// Names the channel in events and in the log, as channel::set_name() does.
    channel_options& name(std::string n) { name_ = std::move(n); return *this; }

    std::uint32_t window() const noexcept { return window_; }
    std::uint32_t max_packet() const noexcept { return packet_; }
    const std::string& name() const noexcept { return name_; }

private:
    std::uint32_t window_ = 0, packet_ = 0;
    std::string name_;
};

/// Numbers about a channel, for logs and tests.
struct channel_info {
    std::uint32_t local_id = 0, remote_id = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0;
    std::uint32_t receive_window = 0; ///< the size that the window has grown to
    std::uint64_t send_window = 0;    ///< the number of bytes that may be sent right now
};

/// A cheap handle: copies refer to the same channel. Dropping the last handle closes the channel at once, without waiting. A
/// channel also keeps its connection open.
///
/// Executor, for every operation below: any. On the connection's strand (get_executor()) an operation costs no hop and, if it can
/// complete at once, does not suspend. close(), connection(), merge_stderr(), discard_stderr() and the set_... functions may be
/// called on any thread; the other plain functions (try_..., queued, at_eof, answer, info) must be called on the strand.
/// Lifetime: buffers must live until the operation completes; the handle itself need not.
/// Errors, for every operation below: errc::channel_closed; the failure that ended the connection (errc::connection_lost,
/// errc::disconnected, errc::closed, errc::timed_out, ...); operation_aborted when the operation was cancelled.
class channel {
public:
    channel() noexcept; ///< no channel
    ~channel();
    channel(const channel&) noexcept;
    channel(channel&&) noexcept;
    channel& operator=(const channel&) noexcept;
    channel& operator=(channel&&) noexcept;
    explicit operator bool() const noexcept { return bool(self_); }

    /// Reads the bytes that are available. Waits until there is at least one byte, end of file or an error.
    /// Returns: the number of bytes moved; 0 only at end of file (or for an empty span). A channel that was closed without EOF is
    /// at its end too.
    /// Errors: errc::operation_in_progress if another read waits on the same stream; those above.
    /// Cancellation: terminal, partial, total - nothing is consumed.
    awaitable<std::size_t> read_some(std::span<std::byte> into, data_stream from = data_stream::normal);
    awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec, data_stream from = data_stream::normal);
    awaitable<std::size_t> read_some(std::span<char> into, data_stream from = data_stream::normal)
    {
        return read_some(std::as_writable_bytes(into), from);
    }
    /// Reads to the end of the stream. Errors: errc::capture_limit if there are more than `most` bytes (`most` bytes have been
    /// read and are lost); those of read_some(). Cancellation: terminal - the bytes read so far are lost.
    awaitable<std::string> read_all(data_stream from = data_stream::normal, std::size_t most = 64u << 20);

    /// Reads until the span is full or the stream ends.
    /// Returns: the number of bytes moved; less than the span holds only at end of file. Errors: as read_some().
    /// Cancellation: terminal, partial, total - bytes read so far are lost to the caller; use read_some() where that matters.
    awaitable<std::size_t> read(std::span<std::byte> into, data_stream from = data_stream::normal);

    /// Reads a line; see line_reader::next(). Errors and cancellation: as there.
    awaitable<std::optional<std::string>> read_line(data_stream from = data_stream::normal,
                                                    std::size_t limit = default_text_limit);
    /// Reads up to this text, such as a prompt. Returns: everything up to the text, and the text itself.
    /// Errors: errc::text_not_found if the stream ends before; errc::line_too_long if everything would be longer than the limit;
    /// errc::invalid_argument for an empty text; those of read_some(). After an error the bytes are still in the channel.
    /// Cancellation: terminal, partial, total - nothing is consumed.
    awaitable<std::string> read_until(std::string text, data_stream from = data_stream::normal,
                                      std::size_t limit = default_text_limit);
    /// Returns: a reader of the stream's lines, which keeps the channel.
    line_reader lines(data_stream from = data_stream::normal, std::size_t limit = default_text_limit) const;

    /// Moves bytes that are queued, without waiting. Returns: the number of bytes moved; 0 if none are queued, see at_eof().
    std::size_t try_read(std::span<std::byte> into, data_stream from = data_stream::normal);
    /// Returns: the number of bytes that try_read() would find.
    std::size_t queued(data_stream from = data_stream::normal) const;
    /// Returns: whether the queue of this stream is empty and no byte will come any more.
    bool at_eof(data_stream from = data_stream::normal) const;

    /// Sends as much as the windows allow, at least one byte; waits while a window is shut.
    /// Returns: the number of bytes taken. Errors: errc::end_of_file after send_eof(); those above.
    /// Cancellation: terminal, partial, total - only while no byte has been taken, so no byte is lost.
    awaitable<std::size_t> write_some(std::span<const std::byte> from, data_stream to = data_stream::normal);
    awaitable<std::size_t> write_some(std::span<const std::byte> from, error_code& ec, data_stream to = data_stream::normal);

    /// Sends the whole span.
    /// Errors: as write_some(). Cancellation: terminal, partial; `taken`, if given, says how many bytes were sent before it.
    awaitable<void> write(std::span<const std::byte> from, data_stream to = data_stream::normal, std::size_t* taken = nullptr);
    awaitable<void> write(std::string_view text, data_stream to = data_stream::normal);

    /// Sends as much as the windows allow right now. Returns: the number of bytes taken; 0 if no byte can be sent at the moment,
    /// or ever.
    std::size_t try_write(std::span<const std::byte> from, data_stream to = data_stream::normal);

    /// Says that this side sends no more data; reading goes on. Errors: as above. Cancellation: none, the operation does not
    /// wait.
    awaitable<void> send_eof();
    /// Ends the channel in both directions, without waiting: pending reads and writes return. Bytes that are queued can still be
    /// read.
    void close() noexcept;
    /// Waits until both sides have closed the channel. Cancellation: terminal, partial, total.
    awaitable<void> wait_closed();

    /// Makes a request (RFC 4254 §5.4) and waits for the answer.
    /// Returns: whether the peer granted it. Cancellation: terminal, partial, total - the late answer is dropped.
    awaitable<bool> request(std::string type, std::vector<std::byte> body = {});
    /// Makes a request without an answer; does not wait.
    awaitable<void> notify(std::string type, std::vector<std::byte> body = {});
    /// Waits for the next request of the peer. Until the first call, requests are refused unseen. Returns: the request; nothing
    /// once the channel is closed.
    /// Cancellation: terminal, partial, total - no request is lost.
    awaitable<std::optional<channel_request>> next_request();
    /// Answers a request that has want_reply. Answers are sent in the order of the requests.
    void answer(const channel_request& r, bool granted);

    /// Lets the peer send this much before it has to wait, as far as limits::max_window and window_budget allow. This is for
    /// channels on which a lot of data is expected at once: otherwise the window begins small and grows with the data that
    /// arrives, which takes a few round trips on a long path.
    void widen_window(std::uint32_t size);
    /// Sets whether the channel's data goes before that of the connection's other channels; see channel_priority. The channel of
    /// a process or session is its io(). The priority concerns only the data that this side sends.
    void set_priority(channel_priority p);
    /// Limits the rate at which the channel's data is sent, in bytes per second; 0: no limit. The default is
    /// limits::channel_send_rate. At most 50 ms worth of data, or 32 KiB if that is more, is sent at once. Writes wait meanwhile;
    /// requests, window adjustments, EOF and CLOSE do not.
    void set_send_rate(std::uint64_t bytes_per_second);

    /// Sets a deadline for all later reads and writes: one that has waited for so long fails with errc::timed_out, and loses
    /// nothing; the channel goes on. Each byte that moves begins the time of read(), read_all() and write() anew. 0: no deadline.
    /// Default: limits::channel_timeout, but none for the channels that SFTP, SCP and run_program() use. The streams of
    /// make_channel_stream() have no deadline.
    void set_timeout(std::chrono::milliseconds t);
    /// From now on, what arrives on stderr joins the normal stream, in the order in which the peer sent both. What waits on
    /// stderr already stays there.
    void merge_stderr();
    /// Drops what waits on stderr and what will arrive there, so that the peer is not held up by a stream that nobody reads.
    void discard_stderr();
    /// Names the channel in events and in the log.
    void set_name(std::string name);

    /// Returns: a handle of the channel's connection; an empty handle if there is no channel.
    sshoal::connection connection() const;
    /// Returns: the bytes that follow the maximum packet size in the peer's confirmation of a channel that this side opened (RFC
    /// 4254 §5.1). No channel type of RFC 4254 has any. Executor: the strand.
    std::vector<std::byte> confirmation() const;

    channel_info info() const;
    executor get_executor() const noexcept;

private:
    friend struct detail::access;
    explicit channel(std::shared_ptr<conn::channel_handle> h) noexcept;
    const std::shared_ptr<conn::channel_state>& state() const noexcept;
    std::shared_ptr<conn::channel_handle> self_;
};

/// Returns: the function that spawn() calls when a coroutine that was started at a channel has ended.
spawn_handler end_of_spawned(const channel& at);

/// Makes a stream of a channel, so that another connection can run over it: SSH through a jump host.
/// Executor: the channel's strand is the stream's home(), and the connection over it lives there. Lifetime: the stream keeps the
/// channel.
std::unique_ptr<byte_stream> make_channel_stream(channel c);

} // namespace sshoal
