// connection_state.hpp - the object behind the handles of one connection, for either role: the driver, the operations that wait,
// and the channels and requests of the peer. client_state and server_state add trust and log-in.
#pragma once

#include "connection/declared_arrivals.hpp"
#include "net/connection_parts.hpp"
#include "net/driver.hpp"
#include "sshoal/connection.hpp"
#include "sshoal/connection_stats.hpp"
#include "sshoal/events.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal::conn {

class channel_state;

using parking::gate;
using parking::wake;

/// Returns: true while the calling thread runs a handler of this strand.
bool running_on(const executor& strand) noexcept;

/// The queue of one acceptor: channels of one type, or global requests of one name. The options declare a queue, or
/// connection::listen_channels() or listen_requests() makes it, or both.
struct arrivals {
    enum class kind : std::uint8_t { channels, requests };
    struct offer {
        std::uint64_t token = 0;
        std::vector<std::byte> body;
        bool want_reply = false; ///< requests
    };
    arrivals(kind k, std::string n, std::size_t m, parking::ready_list& r) : what(k), name(std::move(n)), most(m), arrived(r) {}

    kind what;
    bool taken_up = false; ///< an acceptor takes from this queue
    bool closed = false;   ///< the acceptor has ended
    std::string name;
    std::size_t most;
    std::vector<offer> waiting;
    gate arrived;
};

class connection_state : public std::enable_shared_from_this<connection_state>, public engine::observer {
public:
    connection_state(executor strand, std::unique_ptr<byte_stream> stream, std::shared_ptr<const engine::settings> settings,
                     std::shared_ptr<event_sink> sink, executor work, const declared_arrivals& declared);
    ~connection_state() override;

    void start();

    const executor& strand() const noexcept { return driver_.strand(); }
    net::driver& driver() noexcept { return driver_; }
    engine::core& core() noexcept { return driver_.core(); }
    mux::multiplexer& mux() noexcept { return driver_.core().channels(); }
    parking::ready_list& ready() noexcept { return driver_.ready(); }
    void kick() { driver_.kick(); }

    /// Runs f(*this) on the strand: at once if the caller is on the strand, else by a post. Inside of a callback of the
    /// application, for which the engine may be waiting, f is posted too. When the io_context is gone, f is dropped. Any thread
    /// may call this.
    template <class F>
    void perform(F f)
    {
        if (driver_.abandoned())
            return;
        if (running_on(strand()) && in_callback_ == 0)
            f(*this);
        else
            asio::post(strand(), [self = shared_from_this(), f = std::move(f)]() mutable { f(*self); });
    }
    /// The same for destructors and close(), which cannot fail. Where there is no memory for the call, it is left out: the end of
    /// the connection closes all that is open.
    template <class F>
    void perform_if_possible(F f) noexcept
    {
        try {
            perform(std::move(f));
        } catch (const std::bad_alloc&) {
        }
    }

    bool ended() const noexcept { return const_cast<connection_state*>(this)->core().ended(); }
    const failure& why() const noexcept { return const_cast<connection_state*>(this)->core().why(); }
    connection_info info();
    connection_stats stats();
    /// The connection's number in this process.
    std::uint64_t number() const noexcept { return number_; }

    /// The variables that every program of the connection is started with, beside its own.
    using variables = std::vector<std::pair<std::string, std::string>>;
    virtual const variables& environment() const noexcept;

    duration channel_timeout() const noexcept { return settings_->channel_timeout; }
    /// Errors (thrown): message_too_long if an SSH_MSG_IGNORE with so much data would be. Any thread may call this.
    void check_ignore(std::size_t data) const;
    void send_ignore(byte_view data);

    void log(log_level level, std::string_view line);
    bool logs(log_level level) const noexcept { return wants_events() && sink_->wants_messages(level); }
    /// Gives an event of another room to the sink.
    void tell(const event& e) { on_event(e); }
    bool has_sink() const noexcept { return wants_events(); }

    /// Returns: a function that handles the exceptions of coroutines that were spawned at this connection. It does not keep the
    /// connection.
    spawn_handler end_of_spawned();

    /// This object is held while the engine calls a function of the application. Operations that such a
    /// function starts on this connection begin after the function has returned.
    class callback_scope {
    public:
        explicit callback_scope(const connection_state& c) noexcept : depth_(c.in_callback_) { ++depth_; }
        callback_scope(const callback_scope&) = delete;
        ~callback_scope() { --depth_; }

    private:
        unsigned& depth_;
    };

private:
    std::shared_ptr<const engine::settings> settings_;
    std::shared_ptr<event_sink> sink_; // null: no sink
    const std::uint64_t number_;
    net::driver driver_; // declared before the gates, which refer to its list
    std::uint64_t last_token_ = 0;
    mutable unsigned in_callback_ = 0;
    std::multimap<time_point, std::weak_ptr<channel_state>> wake_times_;

public:
    // Operations that wait. The objects live in the frames of the coroutines that wait, and leave their lists when the frames go.
    struct reply_wait {
        explicit reply_wait(parking::ready_list& r) noexcept : done(r) {}
        reply_wait(const reply_wait&) = delete;
        ~reply_wait()
        {
            if (list)
                std::erase(*list, this);
        }
        void enter(std::vector<reply_wait*>& l)
        {
            l.push_back(this);
            list = &l;
        }
        /// There is an answer, or there will be none; the caller has taken this object out of its list.
        void over() noexcept
        {
            list = nullptr;
            done.wake_all();
        }
        std::vector<reply_wait*>* list = nullptr;
        std::uint64_t token = 0;
        parking::gate done;
        std::string what;     ///< the request, for errors
        failure why_none;     ///< why there will be no answer although the connection goes on
        bool implied = false; ///< output of the program counts as an answer, too
        bool answered = false;
        bool success = false;
        std::vector<std::byte> body;
    };
    std::uint64_t new_token() noexcept { return ++last_token_; }
    failure reply_overdue(std::string_view what) const;
    std::vector<reply_wait*> global_waits; ///< replies to global requests
    std::vector<reply_wait*> ping_waits;
    gate rekeyed{driver_.ready()};
    gate closed{driver_.ready()};
    std::uint64_t rekeys_done = 0;
    /// Sessions of this client that have ended and whose places have not been used again: the server may not know yet that these
    /// places are free.
    std::size_t sessions_closed = 0;

    /// Calls channel_state::wake_waiters() at this time, if the channel is still there and the connection goes on.
    void wake_at(time_point t, std::weak_ptr<channel_state> who);

    // The acceptors of this connection, by type of channel and by name of request.
    std::vector<std::shared_ptr<arrivals>> channel_arrivals, request_arrivals;
    std::weak_ptr<void> forwarding_place; ///< see net/connection_parts.hpp
    std::vector<std::weak_ptr<const net::session_extra>> session_extras; ///< those that are gone are passed over
    /// Gives a queue to an acceptor. Errors: operation_in_progress, invalid_argument.
    outcome<std::shared_ptr<arrivals>> listen(arrivals::kind what, std::string name, std::size_t most);
    /// Ends an acceptor: refuses the arrivals that wait for it, and later ones.
    void stop_listening(arrivals& a);

protected:
    // engine::observer: the part that both roles share
    bool takes_work() const noexcept override { return bool(driver_.work()); }
    void on_work(std::shared_ptr<job> j) override { driver_.hand_over(std::move(j)); }
    void on_open(const mux::incoming_open&) override;
    void on_global_request(const mux::incoming_global_request&) override;
    void on_global_reply(std::uint64_t token, bool success, byte_view body) override;
    void on_no_global_reply(std::uint64_t token, mux::no_reply why) override;
    void on_pong(std::uint64_t token) override;
    void on_rekey(bool finished) override;
    void on_alarm(time_point now) override;
    bool wants_events() const noexcept override { return sink_ && !driver_.abandoned(); }
    bool wants_packets() const noexcept override { return wants_events() && sink_->wants_packets(); }
    void on_event(const event&) override;
    void on_end(const failure& why) override;

    /// For roles. Returns: true if the role has handled the open.
    virtual bool take_open(const mux::incoming_open&) { return false; }
    virtual bool take_global_request(const mux::incoming_global_request&) { return false; }
    /// For roles. Returns: whether the role handles this type of channel or name of request itself.
    virtual bool has_own(arrivals::kind, std::string_view name) const
    {
        (void)name;
        return false;
    }
    virtual void ended_hook(const failure&) {}
    /// From now on, events go to another sink.
    void change_sink(std::shared_ptr<event_sink> to) noexcept { sink_ = std::move(to); }
    virtual void add_info(connection_info&) {}
};

/// Handles share this object; the last handle to go closes the connection.
struct connection_handle {
    explicit connection_handle(std::shared_ptr<connection_state> s) noexcept : state(std::move(s)) {}
    ~connection_handle();
    std::shared_ptr<connection_state> state;
};

} // namespace sshoal::conn
