// server_state.hpp - the server's side of a connection: signs with the host key, asks the authenticator about log-ins, and takes
// session channels.
#pragma once

#include "server/server_settings.hpp"
#include "server/session_state.hpp"
#include "agent/local_signer.hpp"
#include "net/session_services.hpp"
#include "sshoal/admission.hpp"
#include "sshoal/server_connection.hpp"

#include <vector>

namespace sshoal::server {

class server_state;

/// A listener follows a connection with this object, which is called on the connection's strand and destroyed at the connection's
/// end.
class connection_watch {
public:
    virtual ~connection_watch() = default;
    /// Called when the log-in is about to succeed. Returns: false if it must fail after all. The coroutine does not refer to this
    /// object.
    virtual awaitable<bool> admit() = 0;
    virtual void logged_in(std::shared_ptr<server_state>) = 0;
    /// The connection ends without a log-in.
    virtual void not_logged_in(login_end how) = 0;
};

class server_state final : public conn::connection_state {
public:
    server_state(executor strand, std::unique_ptr<byte_stream> stream, std::shared_ptr<const server_settings> settings,
                 std::shared_ptr<connection_watch> watch = {});
    ~server_state() override;

    /// Serves a stream until the client is logged in.
    static awaitable<outcome<server_connection>> serve(executor strand, std::unique_ptr<byte_stream> stream,
                                                       std::shared_ptr<const server_settings> settings);
    static awaitable<outcome<std::unique_ptr<session_request>>> next_session(std::shared_ptr<conn::connection_handle> c);

    const server_settings& settings() const noexcept { return *settings_; }
    const permissions& allowed() const noexcept;
    const std::any& application_data() const noexcept;

    /// Names the object that serves the agent and X11 for this connection's sessions, and serves the requests that wait.
    void serve_sessions_with(std::weak_ptr<net::session_services> s);
    /// Returns: the object that serves them now; none if there is none, or not any more.
    std::shared_ptr<net::session_services> services() const noexcept { return services_.lock(); }
    /// Returns: whether the options announce such an object, and it has not come yet.
    bool awaits_services() const noexcept { return settings_->get().expects_session_services && !services_came_; }

    // Session channels report these events.
    /// The client asks for a program on this channel. Returns: false if too many requests wait already.
    bool program_wanted(session_channel c);
    /// The program was refused, and the client may ask for another on this channel.
    void program_refused(session_channel c);
    void session_over() noexcept { --open_sessions_; }

private:
    std::shared_ptr<server_state> self() { return std::static_pointer_cast<server_state>(shared_from_this()); }

    void on_host_key(transport::host_key_question) override {}
    void on_sign(transport::host_sign_question) override;
    void on_established() override {}
    void on_client_question(auth::client_question) override {}
    void on_server_attempt(auth_attempt) override;
    void on_banner(std::string) override {}
    void on_authenticated() override;
    bool take_open(const mux::incoming_open&) override;
    bool take_global_request(const mux::incoming_global_request&) override;
    bool has_own(conn::arrivals::kind, std::string_view name) const override;
    void ended_hook(const failure&) override;
    void add_info(connection_info&) override;

    static awaitable<outcome<void>> logged_in(std::shared_ptr<server_state> self);
    static awaitable<void> sign(std::shared_ptr<server_state> self, signing::signature_work work);
    static awaitable<void> decide(std::shared_ptr<server_state> self, auth_attempt a);
    /// Returns: why a decision with these permissions does not hold for this client now; empty if it holds.
    std::string objection(const permissions& allowed);
    /// Returns: why the client may not forward this; empty if it may, or if this is no forwarding.
    std::string forwarding_objection(std::string_view name, byte_view body) const;
    void forget_dead_sessions();

    std::shared_ptr<const server_settings> settings_;
    std::shared_ptr<connection_watch> watch_;
    parking::gate login_done_;

    // Channels that no handle refers to yet. They refer to this object, so the circle is cut at the end of the connection; until
    // then the driver keeps this object anyway.
    std::vector<session_channel> idle_;     ///< the client has not asked for a program
    std::vector<session_channel> undecided_; ///< the client asks for a program, and next_session() has not taken the request
    parking::gate session_arrived_;
    std::size_t open_sessions_ = 0;
    bool no_more_sessions_ = false;
    bool services_came_ = false;
    std::weak_ptr<net::session_services> services_;
    login_end end_ = login_end::no_attempt; ///< how the connection ends if there is no log-in
    std::string last_user_; ///< the user that the last request to log in named
    std::shared_ptr<const permissions> allowed_; ///< none: everything
};

} // namespace sshoal::server
