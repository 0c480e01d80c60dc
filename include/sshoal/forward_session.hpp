// forward_session.hpp - what a client lends to the programs that it starts at a server: its agent (draft-ietf-sshm-ssh-agent §10)
// and its X display (RFC 4254 §6.3).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/forward.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sshoal SSHOAL_API {
namespace forward {

/// Makes a stream for each connection that arrives. Errors: exceptions; the connection is refused then.
/// Executor: the connection's strand. Cancellation: terminal, when the forwarding ends.
using stream_source = std::function<awaitable<std::unique_ptr<byte_stream>>()>;

/// Lends the agent to the programs that are started on this connection from now on (ssh -A): each session asks for the agent
/// with auth-agent-req@openssh.com, and every connection to the socket that the server makes is carried to the agent's socket
/// here. An empty path means $SSH_AUTH_SOCK. Somebody who can act as the user at the server, such as its administrator, can sign
/// with the agent's keys for as long as the connection lasts; a jump host (client_options::jump()) needs no such trust.
/// Returns: a handle, which has no address; dropping the last one ends the forwarding. A server that refuses the request does so
/// silently. Errors: errc::agent_failure if there is neither a path nor $SSH_AUTH_SOCK; errc::operation_in_progress if the agent
/// is forwarded already, or the program has an acceptor for auth-agent@openssh.com; the failure that ended the connection.
/// Cancellation: none; agent() does not wait for the network. Executor: any; the forwarding runs on the connection's strand.
awaitable<forwarding> agent(connection through, std::string socket_path = {}, options how = {});
/// The same with an agent of the program's own: `source` makes one end of a stream for each connection, and the program speaks
/// the agent's protocol at the other end.
awaitable<forwarding> agent(connection through, stream_source source, options how = {});

/// Options of x11(). Setters return the object, so they can be chained.
class x11_options {
public:
    x11_options() {}
    /// The display as in $DISPLAY, which is the default: ":0", "unix:0.0", "localhost:10.0".
    x11_options& display(std::string name) { display_ = std::move(name); return *this; }
    /// The program that knows the display's cookie. Default "xauth", looked up in $PATH (XAuthLocation).
    x11_options& xauth(std::string program) { xauth_ = std::move(program); return *this; }
    /// The display's cookie in hexadecimal digits (MIT-MAGIC-COOKIE-1), so that no xauth is asked.
    x11_options& cookie(std::string digits) { cookie_ = std::move(digits); return *this; }
    /// Programs at the server may do with the display everything that local ones may (ssh -Y, ForwardX11Trusted). Otherwise xauth
    /// makes a cookie for them with which the X server keeps them away from other windows and the keyboard, as far as it can; there
    /// are X servers that cannot, and programs that do not work so. Default false.
    x11_options& trusted(bool on = true) { trusted_ = on; return *this; }
    /// Connections of programs that are not trusted are refused after this time (ForwardX11Timeout). Default 20 minutes; 0: no
    /// limit.
    x11_options& timeout(std::chrono::seconds t) { timeout_ = t; return *this; }
    /// `f` is called when the server refuses a session's request for X11; the program runs without a display then. Executor: the
    /// connection's strand. It must not throw.
    x11_options& on_refused(std::function<void()> f) { refused_ = std::move(f); return *this; }

    const std::string& display() const noexcept { return display_; }
    const std::string& xauth() const noexcept { return xauth_; }
    const std::string& cookie() const noexcept { return cookie_; }
    bool is_trusted() const noexcept { return trusted_; }
    std::chrono::seconds timeout() const noexcept { return timeout_; }
    const std::function<void()>& on_refused() const noexcept { return refused_; }

private:
    std::string display_, xauth_{"xauth"}, cookie_;
    std::function<void()> refused_;
    std::chrono::seconds timeout_{1200};
    bool trusted_ = false;
};

/// Lends the X display to the programs that are started on this connection from now on (ssh -X): each session asks for X11 with
/// x11-req, and every connection to the display that the server makes is carried to the X server here. The server never sees the
/// display's cookie: the session gets one that is made up here, and the real one takes its place when an X client connects. A
/// client with another cookie is disconnected.
/// Returns: a handle, which has no address, when xauth has answered; dropping the last one ends the forwarding.
/// Errors: errc::invalid_argument (no display, or no name of one; a cookie that is none); errc::file_error (xauth made no cookie for
/// programs that are not trusted); errc::operation_in_progress if X11 is forwarded already, or the program has an acceptor for x11;
/// the failure that ended the connection. Where nobody knows a cookie, trusted programs get one that is made up, which an X server
/// without access control takes. Cancellation: terminal, partial, total. Executor: any; the forwarding runs on the connection's strand.
awaitable<forwarding> x11(connection through, x11_options how = {}, options streams = {});

} // namespace forward
} // namespace sshoal
