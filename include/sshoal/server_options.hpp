// server_options.hpp - how a server serves.
#pragma once

#include <sshoal/algorithms.hpp>
#include <sshoal/authenticator.hpp>
#include <sshoal/limits.hpp>
#include <sshoal/log.hpp>
#include <sshoal/terminal.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshoal {

class admission;
class event_sink;

/// A set-up is one thing that a client asks of a session before it asks for a program: the session channel itself, a terminal, a
/// variable, X11 or the agent (RFC 4254 §6.1 to §6.4).
class session_setup {
public:
    enum class kind { terminal, variable, session, x11, agent };

    session_setup() {}
    explicit session_setup(kind k) : what(k) {}
    kind what = kind::terminal;
    std::string user;         ///< who is logged in
    sshoal::terminal pty;     ///< terminal
    std::string name, value;  ///< variable
    bool single_connection = false; ///< x11: for one connection only
    std::string x11_protocol, x11_cookie; ///< x11: the authentication protocol, and its cookie in hexadecimal digits
    std::uint32_t x11_screen = 0;         ///< x11
    /// These two point to the permissions of the log-in and to the application's data. Lifetime: the call.
    const permissions* allowed = nullptr;
    const std::any* application_data = nullptr;
};
/// Returns: why it is refused, for the log; empty: it is granted.
using setup_function = std::function<std::string(const session_setup&)>;

/// Options of listener and accept(). Setters return the object, so they can be chained. "~/" at the head of a path is the home
/// directory
/// ($HOME, else that of the password database) of whoever runs the server.
class server_options {
public:
    server_options();

    /// At least one is needed. Errors at start: errc::invalid_argument where there is none.
    server_options& host_key(private_key k);
    /// Loaded when the listener is made; an error there. Not encrypted; else private_key::load(path, passphrase) and host_key().
    server_options& host_key_file(std::string path);
    server_options& authenticator(std::shared_ptr<sshoal::authenticator> a); ///< without one nobody can log in
    /// It is asked about every request, those of the method "none", queries about keys and the start of dialogues among them:
    /// look at auth_request::what. `methods` are those that clients are offered; by default publickey, password and
    /// keyboard-interactive.
    server_options& authenticator(auth_function decide, std::vector<std::string> methods);
    server_options& authenticator(auth_function decide);
    server_options& banner(std::string text);              ///< shown before log-in

    server_options& algorithms(sshoal::algorithms a);
    server_options& compression(bool on = true);           ///< offer zlib@openssh.com
    server_options& limits(sshoal::limits l);
    server_options& moduli_file(std::string path); ///< groups for diffie-hellman-group-exchange; default: the fixed groups
    server_options& max_auth_tries(unsigned n);            ///< failed requests, then DISCONNECT; default 6
    server_options& max_auth_requests(unsigned n);         ///< of any kind, key queries included; default 128
    server_options&
    auth_failure_delay(std::chrono::milliseconds t); ///< least time from a request to its rejection; default 50 ms
    server_options& max_sessions(std::size_t n);           ///< session channels per connection; default 10
    server_options& max_env(std::size_t n);                ///< environment variables per session; default 128
    server_options&
    accept_env(std::vector<std::string> patterns); ///< names a client may set, with * and ?; default LANG and LC_*
    /// RequiredRSASize: users' RSA keys that are shorter are refused before the authenticator is asked. Default 2048; keys of
    /// less than 1024 bits are refused always.
    server_options& required_rsa_bits(unsigned n);
    /// Asks the function about each terminal and each variable, before the client is told that it has them; a client that is
    /// refused a terminal mostly goes on without. Only what the log-in's permissions allow, and of variables what accept_env()
    /// takes, comes to the function. The function must not wait. Executor: the connection's strand.
    server_options& permit_setup(setup_function f);
    /// The same about the kinds that are named. `session` is granted without a question where it is not named; `x11` and `agent`
    /// are refused, as nothing serves them then: grant them where the application opens those channels itself.
    server_options& permit_setup(setup_function f, std::vector<session_setup::kind> about);
    server_options& max_command(std::size_t n);            ///< longest command or subsystem name in bytes; default 128 KiB
    /// Connections that are not logged in yet: from `begin` on, new ones are refused with `rate` percent, rising to all at
    /// `full`.
    server_options& max_startups(unsigned begin, unsigned rate, unsigned full); ///< default 10, 30, 100
    /// Connections of a listener, those that are logging in among them; one more is closed at once. Default 0: no limit of its
    /// own.
    server_options& max_connections(std::size_t n);
    /// Shares limits between listeners, and adds limits for each source address; see <sshoal/admission.hpp>. Replaces max_startups()
    /// and max_connections(), which hold for each listener by itself. Null: the two hold again.
    server_options& admission(std::shared_ptr<sshoal::admission> shared);
    server_options& keepalive(std::chrono::milliseconds interval, unsigned count = 3);
    server_options& software(std::string name); ///< of our identification string; printable ASCII without spaces and '-'
    /// Declares a type of channel that the client may open, or a global request that the client may make: what arrives waits, from
    /// the first moment behind the log-in, until connection::listen_channels() or listen_requests() takes it up. A channel or
    /// request that arrives before the program has made its acceptor would be refused otherwise.
    /// Errors at start: errc::invalid_argument for "session", whose channels come from next_session().
    server_options& listen_channels(std::string type, std::size_t most_waiting = default_waiting);
    server_options& listen_requests(std::string name, std::size_t most_waiting = default_waiting);
    /// Where long computations are done: an asio::thread_pool's executor, for instance. The arithmetic of key exchanges, signing
    /// with the host key, checking users' signatures and what authenticate_authorized_keys() reads then leave live sessions alone
    /// in a storm of handshakes; an authenticator of your own finds the executor in auth_request::work. The executor's
    /// context must outlive these options, the listener, its connections and all their handles; so a strand of their own
    /// io_context will not do where handles outlive that. Default: none; all is done on the connection's strand.
    server_options& work_executor(executor ex);
    server_options& log(log_function f, log_level most = log_level::info);
    /// Tells `to` what happens on connections and the listener, as structs, beside the log; see <sshoal/events.hpp>. Null:
    /// nobody.
    server_options& events(std::shared_ptr<event_sink> to);

    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    impl& edit();
    std::shared_ptr<impl> impl_;
};

} // namespace sshoal
