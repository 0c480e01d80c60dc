// session_state.hpp - the server's state of one session channel: the client's requests before its program, the program, and the
// events for a program that runs (RFC 4254 §6).
#pragma once

#include "base/fifo.hpp"
#include "server/server_settings.hpp"
#include "connection/channel_state.hpp"
#include "sshoal/server_connection.hpp"

namespace sshoal::server {

class session_state;
class server_state;

/// Returns: the line of the log for a request that is not granted, which most clients can do without.
std::string not_granted(std::string_view request, const std::string& why);

/// A session channel as long as no program runs on it.
struct session_channel {
    std::shared_ptr<conn::channel_state> channel;
    std::shared_ptr<session_state> session;
};

class session_state final : public conn::request_sink {
public:
    session_state(std::shared_ptr<const server_settings> settings, const std::shared_ptr<conn::channel_state>& channel);
    ~session_state() override;

    bool take_request(const mux::incoming_request&) override;
    void peer_closed() override { event_arrived_.wake_all(); }
    void channel_over() override;
    /// The terminal that the client has asked for, with the size of its window now.
    const std::optional<terminal>& pty() const noexcept { return pty_; }

    /// Asks the application about a set-up on this connection. Returns: the reason against it; empty if it is granted.
    static std::string ask(server_state&, session_setup);

    /// Returns: the request as the application sees it.
    void describe(session_request&);
    /// Answers the requests for the agent and for X11 that have waited for somebody who serves them.
    void serve_waiting();
    void accept(conn::channel_state&);
    void refuse(conn::channel_state&);
    /// Logs a refusal as a warning, but only the first few of a session, since the client can go on asking.
    void log_refusal(std::string_view request, const std::string& why);

    static awaitable<outcome<std::optional<session_event>>> next_event(std::shared_ptr<conn::channel_state> c,
                                                                       std::shared_ptr<session_state> self);
    static awaitable<outcome<void>> exit(std::shared_ptr<conn::channel_state> c, std::shared_ptr<session_state> self,
                                         std::uint32_t status);
    static awaitable<outcome<void>> exit_signal(std::shared_ptr<conn::channel_state> c, std::shared_ptr<session_state> self,
                                                std::string name, bool core_dumped, std::string message);

private:
    enum class phase : std::uint8_t { preparing, undecided, running };

    /// Returns: why a request is not granted; empty if it is.
    using refusal = std::string;
    refusal take_env(byte_view body);
    refusal take_pty(byte_view body);
    refusal take_program(session_request::kind what, const mux::incoming_request&);
    /// Serves a request for the agent or for X11, now or as soon as somebody is there who can.
    void take_service(const mux::incoming_request&);
    refusal read_x11(byte_view body, session_setup& into) const;
    refusal read_agent(byte_view body) const;
    refusal serve(const session_setup& asked);
    void answer_service(const session_setup& asked, std::uint64_t token, const refusal& why);
    /// Asks the application. Set-ups that the application is not asked about are granted, except those that nothing else would
    /// serve.
    refusal ask(session_setup s) const;
    bool take_window_change(byte_view body);
    bool take_signal(byte_view body);
    bool take_break(byte_view body);
    bool take_xon_xoff(byte_view body);
    bool may_set(std::string_view name) const;
    const permissions& allowed() const;
    bool add(session_event e);
    /// Tells the client how the program ended, then sends EOF and CLOSE.
    void finish(conn::channel_state& c, std::string_view type, byte_view body);

    std::shared_ptr<const server_settings> settings_;
    std::weak_ptr<conn::channel_state> channel_;
    std::vector<std::pair<std::string, std::string>> env_;
    std::size_t env_bytes_ = 0;
    std::optional<terminal> pty_;
    struct waiting_service {
        session_setup asked;
        std::uint64_t token; ///< 0: the client wants no reply
    };
    /// The requests for the agent and for X11. Most sessions have none, so that their state is small.
    struct service_requests {
        std::vector<waiting_service> waiting;
        std::vector<session_setup::kind> served;
        std::vector<std::pair<std::string, std::string>> env; ///< what those that were served have given, as the next two
        std::vector<std::shared_ptr<void>> kept;
        std::shared_ptr<const session_x11> x11;
    };
    service_requests& services()
    {
        if (!services_)
            services_ = std::make_unique<service_requests>();
        return *services_;
    }
    std::unique_ptr<service_requests> services_;
    std::string command_;
    std::uint64_t reply_token_ = 0; // the token of the request for the program; 0: the client wants no reply
    fifo<session_event> events_;
    parking::gate event_arrived_;
    session_request::kind what_ = session_request::kind::shell;
    phase phase_ = phase::preparing;
    unsigned refusals_logged_ = 0;
    bool env_refused_ = false;
    bool over_ = false;
    bool exited_ = false;
};

/// Refuses the request if it is destroyed undecided. There is no channel handle before the decision, because dropping one would
/// close the channel, and a client may ask for another program on it.
struct undecided_session {
    undecided_session(session_channel c, std::shared_ptr<conn::connection_handle> h) noexcept
        : asked(std::move(c))
        , connection(std::move(h))
    {
    }
    undecided_session(const undecided_session&) = delete;
    ~undecided_session();

    session_channel asked;
    std::shared_ptr<conn::connection_handle> connection;
    bool decided = false;
};

} // namespace sshoal::server
