// forward.hpp - port forwarding as a client uses it (RFC 4254 §7; OpenSSH's PROTOCOL §2.4 for Unix sockets).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/dial.hpp>
#include <sshoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal::forward {
struct run_handle;
struct remote_door_handle;
} // namespace sshoal::forward

namespace sshoal SSHOAL_API {
namespace forward {

/// Numbers of a forwarding, or of all that a server forwards for a connection.
class counters {
public:
    counters() {}
    std::size_t open = 0;       ///< streams that are being opened, or carry bytes
    std::uint64_t opened = 0;   ///< streams that have reached their target
    std::uint64_t refused = 0;  ///< streams that have not
    std::uint64_t bytes_to_target = 0, bytes_from_target = 0;
};

/// A stream that a forwarding carries.
class open_stream {
public:
    open_stream() {}
    endpoint originator; ///< an endpoint without address if nobody has named it
    endpoint target;     ///< an endpoint without address as long as a SOCKS client has not named it
    std::uint64_t bytes_to_target = 0, bytes_from_target = 0;
};

/// Options of a forwarding. Setters return the object, so they can be chained.
class options {
public:
    options() {}
    /// Limits the streams that are open at the same time; a further one is closed at once, and counts as refused. Default 1024;
    /// 0: no limit.
    options& max_streams(std::size_t n) { most_ = n; return *this; }
    /// Sets how this side connects to targets: time limits, address family, local address.
    options& dial(dial_options d) { dial_ = std::move(d); return *this; }
    /// remote_dynamic(): SOCKS clients at the server may name these targets only, as in permissions::permit_open
    /// (PermitRemoteOpen). An empty list allows every target.
    options& permit_open(std::vector<std::string> places) { permitted_ = std::move(places); return *this; }
    /// Limits the time that a client of a SOCKS port takes for its request. Default 30 s; 0: no limit.
    options& request_timeout(std::chrono::milliseconds t) { request_ = t; return *this; }

    /// The mode of Unix sockets that this side makes (StreamLocalBindMask names the bits that are missing). Default 0600.
    options& socket_mode(unsigned mode) { mode_ = mode; return *this; }
    /// Removes a socket that is in the way of one that this side makes (StreamLocalBindUnlink).
    options& replace_socket(bool on = true) { replace_ = on; return *this; }

    std::size_t max_streams() const noexcept { return most_; }
    const dial_options& dial() const noexcept { return dial_; }
    std::chrono::milliseconds request_timeout() const noexcept { return request_; }
    const std::vector<std::string>& permit_open() const noexcept { return permitted_; }
    unsigned socket_mode() const noexcept { return mode_; }
    bool replaces_socket() const noexcept { return replace_; }

private:
    std::chrono::milliseconds request_{30'000};
    std::size_t most_ = 1024;
    unsigned mode_ = 0600;
    bool replace_ = false;
    dial_options dial_;
    std::vector<std::string> permitted_;
};

/// A forwarding that runs. A cheap handle: copies refer to the same forwarding, and dropping the last handle stops it.
/// Executor: any for wait_closed(), drain() and stop(); the strand for count() and streams(). Lifetime: the forwarding keeps its connection
/// until it has ended.
class forwarding {
public:
    forwarding() noexcept; ///< no forwarding
    explicit operator bool() const noexcept { return bool(self_); }

    /// Returns: the address that takes connections, with the port that was bound; an endpoint without address if there is none.
    const endpoint& bound() const noexcept;
    std::uint16_t port() const noexcept { return bound().port(); }
    counters count() const;
    /// Returns: the streams that are open, or are being opened, the oldest first.
    std::vector<open_stream> streams() const;
    /// Takes no more connections; those that are open run to their ends.
    void drain();
    /// Takes no more connections, and closes those that are open.
    void stop() noexcept;
    /// Waits until no stream is open and none will come any more.
    /// Returns: errc::closed after drain() or stop(); otherwise the failure that ended the forwarding, such as the end of its
    /// connection. Cancellation: terminal, partial, total - the forwarding goes on.
    awaitable<failure> wait_closed();
    executor get_executor() const noexcept; ///< the connection's strand; may be called on any thread

private:
    friend struct detail::access;
    explicit forwarding(std::shared_ptr<run_handle> h) noexcept;
    std::shared_ptr<run_handle> self_;
};

/// Reads the address at which a forwarding listens: "8080" (a port of localhost), "127.0.0.1:8080", "[::1]:8080", ":8080" (all
/// addresses), "/run/x". "localhost" stands for 127.0.0.1 and ::1.
/// Errors: errc::invalid_argument with the text.
outcome<endpoint> parse_listen(std::string_view text);

/// Listens here, and connects from the server to `target` for each connection that arrives (ssh -L). Both may be TCP endpoints or
/// Unix sockets. Port 0 takes any free port. Names in `target` are resolved at the server.
/// Returns: when the socket listens. Errors: those of stream_acceptor; errc::invalid_argument for an endpoint without address;
/// the failure that ended the connection. A target that the server refuses ends only the stream in question.
/// Cancellation: none; local() does not wait for the network. Executor: any; the forwarding runs on the connection's strand.
awaitable<forwarding> local(connection through, endpoint listen, endpoint target, options how = {});
/// The same for texts as parse_listen() and endpoint::parse() read them. Errors (thrown by the call): errc::invalid_argument.
awaitable<forwarding> local(connection through, std::string_view listen, std::string_view target, options how = {});

/// Listens here as a SOCKS proxy (4, 4a and 5, without log-in, CONNECT only; RFC 1928), and connects from the server to the
/// target that each client names (ssh -D). Names are resolved at the server. A request that cannot be served is answered in
/// SOCKS. The rest is as for local().
awaitable<forwarding> dynamic(connection through, endpoint listen, options how = {});
awaitable<forwarding> dynamic(connection through, std::string_view listen, options how = {});

/// Has the server listen, and connects from here to `target` for each connection that arrives there (ssh -R): tcpip-forward
/// (RFC 4254 §7.1) or streamlocal-forward@openssh.com. Port 0 takes a port that the server chooses; bound() has it. An empty
/// address stands for all addresses of the server, as far as the server allows that. A target that cannot be reached is
/// refused with open_failure::connect_failed. Returns: when the server listens. Errors: errc::request_refused;
/// errc::operation_in_progress if the program has an acceptor for forwarded-tcpip or forwarded-streamlocal@openssh.com;
/// errc::invalid_argument; the failure that ended the connection. Cancellation: none; the server answers, or the connection
/// ends. Executor: any; the forwarding runs on the connection's strand.
awaitable<forwarding> remote(connection through, endpoint listen, endpoint target, options how = {});
/// The same for texts as parse_listen() and endpoint::parse() read them. Errors (thrown by the call): errc::invalid_argument.
awaitable<forwarding> remote(connection through, std::string_view listen, std::string_view target, options how = {});
/// Has the server listen for SOCKS clients, whose requests are answered here, and connects from here to the target that each
/// client names. The rest is as for remote().
awaitable<forwarding> remote_dynamic(connection through, endpoint listen, options how = {});
awaitable<forwarding> remote_dynamic(connection through, std::string_view listen, options how = {});

/// A stream that has arrived at a port of the server; the program accepts or refuses it. A stream that is dropped undecided is
/// refused. Executor: the connection's strand.
class forwarded_stream {
public:
    forwarded_stream() {}
    endpoint originator; ///< an endpoint without address if the server does not name it

    /// These functions do what incoming_channel::accept() and refuse() do.
    channel accept() { return arrived_.accept(); }
    void refuse(open_failure reason = open_failure::connect_failed, std::string text = {})
    {
        arrived_.refuse(reason, std::move(text));
    }

private:
    friend struct detail::access;
    explicit forwarded_stream(incoming_channel c, endpoint from) : originator(std::move(from)), arrived_(std::move(c)) {}
    incoming_channel arrived_;
};

/// An address at which the server listens, for programs that take the streams themselves. A cheap handle; dropping the last
/// handle ends the listening. Streams that were accepted stay open. Executor: any for accept() and close(). Lifetime: keeps
/// its connection.
class remote_acceptor {
public:
    remote_acceptor() noexcept; ///< no acceptor
    explicit operator bool() const noexcept { return bool(self_); }

    /// Returns: the address as the program asked for it, with the port that the server has bound.
    const endpoint& bound() const noexcept;
    std::uint16_t port() const noexcept { return bound().port(); }
    /// Waits for the next stream. At most default_waiting streams wait; a further one is refused (resource shortage).
    /// Returns: the stream, undecided. Errors: errc::closed after close(); the failure that ended the connection. Cancellation:
    /// terminal, partial, total - no stream is lost.
    awaitable<forwarded_stream> accept();
    /// Ends the listening; streams that wait are refused.
    void close() noexcept;
    executor get_executor() const noexcept; ///< the connection's strand; may be called on any thread

private:
    friend struct detail::access;
    explicit remote_acceptor(std::shared_ptr<remote_door_handle> h) noexcept;
    std::shared_ptr<remote_door_handle> self_;
};

/// Has the server listen at a TCP endpoint or the path of a Unix socket. Errors, cancellation: as remote().
awaitable<remote_acceptor> listen(connection through, endpoint at);
/// The same for a port: "localhost", "" (all addresses) or an address of the server. Port 0: the server chooses.
awaitable<remote_acceptor> listen_tcp(connection through, std::uint16_t port = 0, std::string address = "localhost");

/// Opens one stream from the server to `target` (ssh -W): direct-tcpip (RFC 4254 §7.2) or direct-streamlocal@openssh.com.
/// `originator` is the end of the stream for which the channel is opened; the server may log it.
/// Errors and cancellation: as connection::open_channel(); errc::invalid_argument for an endpoint without address.
awaitable<channel> connect(connection through, endpoint target, endpoint originator = {});

} // namespace forward
} // namespace sshoal
