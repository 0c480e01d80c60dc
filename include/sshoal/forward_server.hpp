// forward_server.hpp - port forwarding as a server grants it (RFC 4254 §7; OpenSSH's PROTOCOL §2.4 for Unix sockets).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/forward.hpp>
#include <sshoal/server_connection.hpp>
#include <sshoal/sshd_config.hpp>
#include <sshoal/system_account.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {
namespace forward {

/// The directions in which a client may forward: streams to targets that the client names, and ports that the server opens
/// for it.
enum class direction : unsigned char { none = 0, open = 1, listen = 2, both = 3 };

/// The addresses at which a server listens for clients (GatewayPorts of sshd).
enum class gateway : unsigned char {
    no,               ///< the loopback addresses, whatever the client asks for
    yes,              ///< all addresses, whatever the client asks for
    client_specified, ///< what the client asks for
};

/// A wish of a client that the other options allow.
class question {
public:
    question() {}
    enum class kind : unsigned char {
        open,   ///< a stream to `at`, a TCP endpoint or a Unix socket
        listen, ///< a listener at `at`; port 0 is any port
    };
    kind what = kind::open;
    endpoint at;
    endpoint originator;    ///< open: the stream's other end, as the client says; an endpoint without address if it says nothing
    server_connection from; ///< for user(), permissions() and application_data()
};

/// Decides about a question. Returns: no failure to allow it. A failure refuses it: the client gets the code, if that is an
/// open_failure (otherwise administratively_prohibited), and an OPEN_FAILURE has the context as its text. An exception
/// refuses too, as administratively_prohibited. Executor: the connection's strand. Cancellation: terminal, if the connection
/// ends meanwhile.
using policy_function = std::function<awaitable<failure>(question)>;

/// Limits the streams and listeners of each user, over all connections of any listeners that share the object. A cheap
/// handle; any thread may use it.
class user_limits {
public:
    /// 0: no limit.
    explicit user_limits(std::size_t max_streams, std::size_t max_listeners = 0);

    struct impl;
    const std::shared_ptr<impl>& get() const noexcept { return impl_; }

private:
    std::shared_ptr<impl> impl_;
};

/// The X displays that a server makes for its clients' sessions. Setters return the object.
class x11_displays {
public:
    x11_displays() {}
    /// The first display that is tried (X11DisplayOffset), so that the machine's own stay free. Default 10. A thousand are tried.
    x11_displays& first(std::uint32_t n) { first_ = n; return *this; }
    /// Displays are at the loopback addresses; otherwise at all addresses, and DISPLAY has the machine's name (X11UseLocalhost).
    /// Default true.
    x11_displays& localhost(bool on) { localhost_ = on; return *this; }
    /// The program that keeps the cookies of users (XAuthLocation). Without it no display is made. Default "/usr/bin/xauth".
    x11_displays& xauth(std::string program) { xauth_ = std::move(program); return *this; }

    std::uint32_t first() const noexcept { return first_; }
    bool localhost() const noexcept { return localhost_; }
    const std::string& xauth() const noexcept { return xauth_; }

private:
    std::string xauth_{"/usr/bin/xauth"};
    std::uint32_t first_ = 10;
    bool localhost_ = true;
};

/// Options of serve(). Setters return the object, so they can be chained. A wish must pass the permissions of the log-in, then
/// these options, then the policy.
class serve_options {
public:
    serve_options() {}
    /// Returns: options that do what sshd_config says by AllowTcpForwarding, AllowStreamLocalForwarding, DisableForwarding,
    /// PermitOpen, PermitListen, GatewayPorts, StreamLocalBindMask, StreamLocalBindUnlink, AllowAgentForwarding, X11Forwarding,
    /// X11DisplayOffset, X11UseLocalhost and XAuthLocation. A server whose process has other rights than its users turns
    /// unix_sockets() off, and names the owner().
    static serve_options from(const sshd_settings& s);
    serve_options& tcp(direction d) { tcp_ = d; return *this; }                 ///< AllowTcpForwarding; default both
    /// AllowStreamLocalForwarding. Sockets are connected and made with the rights of this process, whoever the client is. Default
    /// none.
    serve_options& unix_sockets(direction d) { unix_ = d; return *this; }
    /// PermitOpen and PermitListen: patterns as in permissions::permit_open and permit_listen. An empty list allows every place.
    serve_options& permit_open(std::vector<std::string> places) { limits_.permit_open = std::move(places); return *this; }
    serve_options& permit_listen(std::vector<std::string> places) { limits_.permit_listen = std::move(places); return *this; }
    serve_options& gateway_ports(gateway g) { gateway_ = g; return *this; }     ///< default no
    /// AllowAgentForwarding: a session that asks for the client's agent gets a Unix socket in a folder that only its owner can
    /// enter, with SSH_AUTH_SOCK in the session's variables. The sessions of a connection share the socket, which goes with the
    /// connection. Default false.
    serve_options& agent(bool on = true) { agent_ = on; return *this; }
    /// X11Forwarding: a session that asks for X11 gets a display of its own, with DISPLAY in the session's variables, until its
    /// channel ends; connections that are open then go on. Default: none.
    serve_options& x11(x11_displays d) { x11_ = std::move(d); return *this; }
    /// The account that owns the agent's socket, where programs run as another user than this process, which is root's then. Default:
    /// this process's user.
    serve_options& owner(system_account who) { owner_ = std::move(who); return *this; }
    serve_options& policy(policy_function f) { policy_ = std::move(f); return *this; }

    /// Limits, dialling and sockets. max_streams() is for all streams of a connection; a further one is refused (resource
    /// shortage).
    serve_options& streams(options o) { streams_ = std::move(o); return *this; }
    /// Limits the addresses at which a connection has the server listen. Default 64; 0: no limit.
    serve_options& max_listeners(std::size_t n) { listeners_ = n; return *this; }
    serve_options& per_user(user_limits shared) { users_ = shared.get(); return *this; }

    direction tcp() const noexcept { return tcp_; }
    direction unix_sockets() const noexcept { return unix_; }
    const permissions& limits() const noexcept { return limits_; } ///< permit_open and permit_listen
    gateway gateway_ports() const noexcept { return gateway_; }
    bool agent() const noexcept { return agent_; }
    const std::optional<x11_displays>& x11() const noexcept { return x11_; }
    const std::optional<system_account>& owner() const noexcept { return owner_; }
    const policy_function& policy() const noexcept { return policy_; }
    const options& streams() const noexcept { return streams_; }
    std::size_t max_listeners() const noexcept { return listeners_; }
    const std::shared_ptr<user_limits::impl>& per_user() const noexcept { return users_; }

private:
    policy_function policy_;
    options streams_;
    permissions limits_;
    std::shared_ptr<user_limits::impl> users_;
    std::size_t listeners_ = 64;
    direction tcp_ = direction::both, unix_ = direction::none;
    gateway gateway_ = gateway::no;
    bool agent_ = false;
    std::optional<system_account> owner_;
    std::optional<x11_displays> x11_;
};

/// Declares what serve() takes up, so that a client may forward as soon as it is logged in.
server_options& declare(server_options& o);

/// Serves the forwarding of a client until its connection ends: connects to the targets that the client names, and listens
/// for the client. Listeners end with their connection. Returns: a handle for all of it, whose count() has all streams.
/// Dropping the handle ends all forwarding of the connection. Does not wait. Errors (thrown): errc::operation_in_progress if
/// the connection has acceptors for these channels and requests; errc::closed for an empty handle. Executor: the
/// connection's strand.
forwarding serve(server_connection for_client, serve_options how = {});

} // namespace forward
} // namespace sshoal
