// channel_state.hpp - the object behind the handles of one channel: the protocol's channel, and the coroutines that wait on it.
#pragma once

#include "base/access.hpp"
#include "connection/connection_state.hpp"
#include "sshoal/channel.hpp"

#include <array>

namespace sshoal::conn {

/// Gets the peer's requests on a channel in place of channel::next_request(). Sessions of both ends see exit statuses, signals
/// and window changes this way, as they arrive.
class request_sink {
public:
    virtual ~request_sink() = default;
    /// Returns: true if the request has been handled, and has been or will be answered; false to let next_request() have it.
    virtual bool take_request(const mux::incoming_request&) = 0;
    /// The peer has closed the channel, and hold_close() keeps this side of it open.
    virtual void peer_closed() {}
    /// The channel calls this when no more requests will come.
    virtual void channel_over() {}
};

inline constexpr std::string_view session_type = "session"; // RFC 4254 §6.1

/// A request without a reply, by which a channel whose stream has broken says so before CLOSE.
inline constexpr std::string_view reset_request = "reset@sshoal";

class channel_state final : public std::enable_shared_from_this<channel_state>, public mux::channel_observer {
public:
    explicit channel_state(std::shared_ptr<connection_state> c) noexcept;
    ~channel_state() override;

    connection_state& link() noexcept { return *link_; }
    const std::shared_ptr<connection_state>& shared_link() const noexcept { return link_; }
    mux::channel* protocol() noexcept { return channel_.get(); }
    /// An accepted channel is open from the start.
    void attach(std::shared_ptr<mux::channel> c) noexcept
    {
        channel_ = std::move(c);
        stage_ = stage::open;
    }
    void set_sink(std::shared_ptr<request_sink> s) noexcept { sink_ = std::move(s); }
    /// Called when the last handle is gone.
    void drop() noexcept;

    // The members of channel call these, on the strand. `self` keeps the state.
    static awaitable<outcome<std::size_t>> read_some(std::shared_ptr<channel_state> self, std::span<std::byte> into,
                                                     data_stream from);
    static awaitable<outcome<std::size_t>> read(std::shared_ptr<channel_state> self, std::span<std::byte> into, data_stream from);
    static awaitable<outcome<std::string>> read_all(std::shared_ptr<channel_state> self, data_stream from, std::size_t most);
    /// Returns: the number of bytes moved; with `all`, the whole span has moved. `taken`, if not null, counts the bytes that have
    /// moved so far.
    static awaitable<outcome<std::size_t>> write(std::shared_ptr<channel_state> self, std::span<const std::byte> from,
                                                 data_stream to, bool all, std::size_t* taken);
    static awaitable<outcome<void>> send_eof(std::shared_ptr<channel_state> self);
    static awaitable<outcome<void>> wait_closed(std::shared_ptr<channel_state> self);
    static awaitable<outcome<bool>> request(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body);
    static awaitable<outcome<void>> notify(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body);
    static awaitable<outcome<std::optional<channel_request>>> next_request(std::shared_ptr<channel_state> self);
    /// Opens this channel and waits for the peer's answer.
    static awaitable<outcome<void>> open(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body,
                                         channel_options options);

    std::size_t try_read(std::span<std::byte> into, data_stream from);
    std::size_t try_write(std::span<const std::byte> from, data_stream to);
    bool at_eof(data_stream from) const;
    /// Returns: the number of bytes that try_read() would find.
    std::size_t queued(data_stream from) const;
    /// Puts back bytes that were read for a caller who has cancelled; the next read finds them first.
    void put_back(std::span<const std::byte> unread, data_stream to);
    void close() noexcept;
    /// From now on, only close() or the end of the last handle answers the peer's CLOSE. Must be called on the strand.
    void hold_close() noexcept
    {
        if (channel_)
            channel_->hold_close();
    }
    void widen_window(std::uint32_t size);
    void set_priority(channel_priority);
    void set_send_rate(std::uint64_t bytes_per_second);
    void set_timeout(std::chrono::milliseconds t);
    /// limits::channel_timeout does not hold for this channel; a set_timeout() does. This is for protocols whose reads wait for
    /// what the peer need not send.
    void without_default_timeout();
    /// `due`: when a wait that begins now, or has begun before, becomes too late; never: it begins now. Returns: whether that time
    /// has come; if not, the waiting coroutine is woken then.
    bool is_late(time_point& due);
    failure too_late(const char* what) const;
    void wake_waiters();
    void merge_stderr();
    void discard_stderr();
    void set_name(std::string name);
    void answer(const channel_request&, bool granted);
    channel_info info() const;
    std::vector<std::byte> confirmation() const { return extra_ ? extra_->confirmation : std::vector<std::byte>(); }
    executor strand() const noexcept { return link_->strand(); }

    /// Returns: why an operation cannot go on; no failure while the channel is open.
    failure why_closed() const;
    gate& readable(data_stream s) noexcept { return sides_[std::size_t(s)].readable; }
    gate& writable() noexcept { return writable_; }
    /// Opened when the channel is opened, refused or closed, and when the request sink has taken a request.
    gate& state_changed() noexcept { return state_changed_; }
    /// Called when data has arrived that no read took, when there is room to write, and at end of file and close, and
    /// when the request sink has taken a request. This is for code that serves several directions at once.
    gate& activity() noexcept { return activity_; }
    bool is_over() const noexcept { return stage_ == stage::closed; }
    /// Returns: whether the peer has sent EOF or CLOSE.
    bool peer_has_ended() const noexcept { return peer_eof_; }
    /// Returns: whether the peer says that its end of the stream has broken.
    bool peer_has_reset() const noexcept { return peer_reset_; }
    /// Returns: whether the connection has ended before the peer's EOF.
    bool cut_short() const noexcept { return stage_ == stage::closed && has_why_ && !peer_eof_; }
    /// Returns: whether the peer has sent CLOSE, whether or not this side has.
    bool peer_has_closed() const noexcept { return peer_closed_ || stage_ == stage::closed; }

    /// Makes a request in two steps, so that several can be under way: begin_request() sends it, and finish_request() waits for
    /// the answer.
    failure begin_request(connection_state::reply_wait& w, std::string_view type, byte_view body);
    static awaitable<outcome<bool>> finish_request(std::shared_ptr<channel_state> self, connection_state::reply_wait& w);

private:
    friend class pending_read;
    friend class pending_write;
    void on_open_confirmed(byte_view body) override;
    void on_open_refused(open_failure reason, std::string text) override;
    std::size_t on_data(mux::stream, byte_view data) override;
    void on_eof() override;
    void on_peer_closed() override;
    void on_writable() override;
    void on_request(const mux::incoming_request&) override;
    void on_reply(std::uint64_t token, bool success) override;
    void on_no_reply(std::uint64_t token, mux::no_reply why) override;
    void program_has_output();
    void on_closed(const failure& why) override;

    struct side {
        explicit side(parking::ready_list& r) noexcept : readable(r) {}
        parking::gate readable;
        std::span<std::byte> into; // the buffer of the read that waits
        std::size_t moved = 0;
        bool reading = false;
    };
    /// Members that are rarely needed are kept apart, so that an idle channel is small.
    struct extra {
        explicit extra(parking::ready_list& r) noexcept : arrived(r) {}
        std::vector<channel_request> requests;
        parking::gate arrived;
        std::array<std::vector<std::byte>, 2> put_back;
        std::vector<std::byte> confirmation; // the body of the peer's confirmation, if it had one
        bool listening = false;
        std::optional<duration> timeout; // of reads and writes; zero: none; not set: that of the options
        time_point wake_time = never; // when connection_state calls wake_waiters()
    };
    enum class stage : std::uint8_t { fresh, opening, open, closed };

    /// Most channels end by close(), whose reason needs no memory.
    void set_why(const failure& f)
    {
        has_why_ = true;
        if (f.code() != errc::channel_closed || !f.context().empty())
            why_ = std::make_unique<const failure>(f);
    }
    duration timeout() const noexcept { return extra_ && extra_->timeout ? *extra_->timeout : link_->channel_timeout(); }
    extra& more_state()
    {
        if (!extra_)
            extra_ = std::make_unique<extra>(link_->ready());
        return *extra_;
    }
    bool has_put_back(data_stream s) const noexcept { return extra_ && !extra_->put_back[std::size_t(s)].empty(); }

    std::shared_ptr<connection_state> link_;
    std::shared_ptr<mux::channel> channel_;
    std::shared_ptr<request_sink> sink_;
    std::array<side, 2> sides_;
    parking::gate writable_;
    parking::gate activity_;
    parking::gate state_changed_;
    std::vector<connection_state::reply_wait*> reply_waits_;
    std::unique_ptr<extra> extra_;
    std::unique_ptr<const failure> why_; // the reason of a refusal, or of the connection's end; null: that of close()
    stage stage_ = stage::fresh;
    bool is_session_ = false; // this side opened it, as a session
    bool has_why_ = false; // the channel has ended for a reason
    bool peer_closed_ = false; // set only after hold_close()
    bool peer_reset_ = false;
    bool peer_eof_ = false; // the peer sends no more data, so a connection that ends later cuts nothing short
};

/// A read in steps: a coroutine runs while (!over()) woken(co_await wait()). The read is no coroutine of its own, so that a
/// channel on which a program waits for data costs one frame.
class pending_read {
public:
    pending_read(channel_state& c, std::span<std::byte> into, data_stream from) noexcept
        : channel_(c)
        , into_(into)
        , from_(from)
    {
    }
    pending_read(const pending_read&) = delete;
    ~pending_read()
    {
        if (waits_)
            side().reading = false;
    }
    /// False: there is something to wait for.
    bool over();
    auto wait() { return side().readable.wait(); }
    void woken(parking::wake);
    const outcome<std::size_t>& result() const { return *result_; }

private:
    channel_state::side& side() const noexcept { return channel_.sides_[std::size_t(from_)]; }

    channel_state& channel_;
    std::span<std::byte> into_;
    data_stream from_;
    bool waits_ = false;
    time_point due_ = never;
    std::optional<outcome<std::size_t>> result_;
};

/// A write in the same steps.
class pending_write {
public:
    /// `some`: the write is over when any byte has moved; `all`: when the whole span has.
    enum class extent : bool { some, all };

    /// `taken`, if not null, counts the bytes that have moved so far.
    pending_write(channel_state& c, std::span<const std::byte> from, data_stream to, extent how_much,
                  std::size_t* taken) noexcept;
    pending_write(const pending_write&) = delete;
    /// False: there is something to wait for.
    bool over();
    auto wait() { return channel_.writable_.wait(accepted()); }
    void woken(parking::wake);
    const outcome<std::size_t>& result() const { return *result_; }

private:
    asio::cancellation_type accepted() const noexcept;
    void move();

    channel_state& channel_;
    std::span<const std::byte> from_; ///< the bytes that have not moved
    std::size_t* taken_;
    std::size_t moved_ = 0;
    data_stream to_;
    extent extent_;
    time_point due_ = never;
    std::optional<outcome<std::size_t>> result_;
};

struct channel_handle {
    channel_handle(std::shared_ptr<channel_state> s, std::shared_ptr<connection_handle> c) noexcept
        : state(std::move(s)), connection(std::move(c))
    {
    }
    ~channel_handle();
    std::shared_ptr<channel_state> state;
    std::shared_ptr<connection_handle> connection; ///< a channel keeps its connection
};

/// The state behind a handle that is not empty.
inline const std::shared_ptr<channel_state>& state_of(const channel& c) noexcept { return detail::access::self(c)->state; }
inline const std::shared_ptr<connection_state>& state_of(const connection& c) noexcept { return detail::access::self(c)->state; }

} // namespace sshoal::conn
