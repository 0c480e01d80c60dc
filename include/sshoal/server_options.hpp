// server_options.hpp - the options of a server.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/authenticator.hpp>
#include <sshoal/common_options.hpp>
#include <sshoal/proxy_protocol.hpp>
#include <sshoal/terminal.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {

class admission;
class event_sink;
class sshd_settings;

/// A set-up is one thing that a client asks of a session before it asks for a program: the session channel itself, a terminal, a
/// variable, X11 or the agent (RFC 4254 §6.1 to §6.4).
class session_setup {
public:
    enum class kind { terminal, variable, session, x11, agent };

    session_setup() {}
    explicit session_setup(kind k) : what(k) {}
    kind what = kind::terminal;
    std::string user;         ///< the user who is logged in
    sshoal::terminal pty;     ///< terminal
    std::string name, value;  ///< variable
    bool single_connection = false; ///< x11: for one connection only
    std::string x11_protocol, x11_cookie; ///< x11: the authentication protocol, and its cookie in hexadecimal digits
    std::uint32_t x11_screen = 0;         ///< x11
    /// The permissions of the log-in, and the application's data. Lifetime: the call.
    const permissions* allowed = nullptr;
    const std::any* application_data = nullptr;
};
/// Returns: empty text to grant the set-up; otherwise the reason against it, for the log.
using setup_function = std::function<std::string(const session_setup&)>;

/// Options of listener and accept(). Setters return the object, so they can be chained. "~/" at the head of a path is the home
/// directory ($HOME, else the one in the password database) of the user who runs the server.
class server_options : public common_options<server_options> {
public:
    server_options();

    /// Makes options from the settings of sshd_config: host keys, algorithms, limits, keepalive, compression, banner, version
    /// addendum, and an admission object that all listeners with these options share. Log-ins and programs are not among them:
    /// they need an authenticator, and program_options. Host keys that do not exist are left out if HostKey is not set. Files are
    /// read later, but for the banner's; a banner that cannot be read is none, as under sshd.
    static server_options from(const sshd_settings& settings);

    /// At least one host key is needed. Errors at start: errc::invalid_argument if there is none.
    server_options& host_key(private_key k);
    /// The file is loaded, and errors are thrown, when the listener is made. For an encrypted file, use private_key::load(path,
    /// passphrase) and host_key().
    server_options& host_key_file(std::string path);
    server_options& authenticator(std::shared_ptr<sshoal::authenticator> a); ///< without one, no client can log in
    /// The function decides about every request, including those of the method "none", queries about keys and the start of
    /// dialogues; auth_request::what says which. `methods` are offered to clients; the default is publickey, password and
    /// keyboard-interactive.
    server_options& authenticator(auth_function decide, std::vector<std::string> methods);
    server_options& authenticator(auth_function decide);
    server_options& banner(std::string text);              ///< shown before log-in

    server_options& moduli_file(std::string path); ///< groups for diffie-hellman-group-exchange; default: fixed groups
    server_options& max_auth_tries(unsigned n);            ///< failed requests until DISCONNECT; default 6
    server_options& max_auth_requests(unsigned n);         ///< requests of any kind, key queries included; default 128
    server_options&
    auth_failure_delay(std::chrono::milliseconds t); ///< least time from a request to its rejection; default 50 ms
    server_options& max_sessions(std::size_t n);           ///< session channels per connection; default 10
    server_options& max_env(std::size_t n);                ///< environment variables per session; default 128
    server_options&
    accept_env(std::vector<std::string> patterns); ///< variables that a client may set, with * and ?; default LANG and LC_*
    /// Asks the function about each terminal and each variable, before the client is told that it has them; most clients that are
    /// refused a terminal go on without one. The function is asked only about set-ups that the log-in's permissions allow, and
    /// about variables that accept_env() accepts. The function must not wait. Executor: the connection's strand.
    server_options& permit_setup(setup_function f);
    /// Asks the function about the set-ups of these kinds. If `session` is not named, it is granted without a question. If `x11`
    /// or `agent` is not named, it is granted where forward::serve() serves it, and refused otherwise; an application that opens
    /// those channels itself grants them.
    server_options& permit_setup(setup_function f, std::vector<session_setup::kind> about);
    /// Says that forward::serve() will be called for each connection, as forward::declare() does: until then, or until the
    /// session's program is taken by next_session(), requests for X11 and the agent wait.
    server_options& expect_session_services(bool on = true);
    server_options& max_command(std::size_t n);            ///< longest command or subsystem name in bytes; default 128 KiB
    /// Limits the connections that are not logged in yet. From `begin` on, a new connection is refused with a probability of
    /// `rate` percent, which rises until all are refused at `full`.
    server_options& max_startups(unsigned begin, unsigned rate, unsigned full); ///< default 10, 30, 100
    /// Limits the connections of a listener, those that are logging in included; a further one is closed at once. Default 0: no
    /// limit.
    server_options& max_connections(std::size_t n);
    /// Shares limits between listeners, and adds limits for each source address; see <sshoal/admission.hpp>. The object replaces
    /// max_startups() and max_connections(), which hold for each listener by itself. Null: these two hold again.
    server_options& admission(std::shared_ptr<sshoal::admission> shared);

    /// Connections from these load balancers begin with a header that says where they really come from; see
    /// <sshoal/proxy_protocol.hpp>. Default: none.
    server_options& proxy_protocol(trusted_proxies from);

    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    friend class common_options<server_options>;
    impl& edit();
    std::shared_ptr<impl> impl_;
};

} // namespace sshoal
