// connection.hpp - one SSH connection, as both ends see it: channels, global requests, keys, and its end (RFC 4254).
#pragma once

#include <sshoal/acceptors.hpp>
#include <sshoal/algorithms.hpp>
#include <sshoal/channel.hpp>
#include <sshoal/connection_stats.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/presented_key.hpp>
#include <sshoal/process.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal {

namespace conn {
struct connection_handle;
} // namespace conn

namespace sftp {
class client;
class client_options;
} // namespace sftp

/// Facts about a connection that is logged in.
class connection_info {
public:
    connection_info() {}
    std::string user;
    std::vector<std::string> auth_methods;  ///< that succeeded, in order
    bool proof_given = true;                ///< client: false where the server let us in without any proof
    negotiated algorithms;
    std::string peer_identification;        ///< "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6", printable
    std::vector<std::byte> session_id;
    presented_key host_key;                 ///< client: the server's, verified
    endpoint remote, local;                 ///< those of the stream
};

/// A cheap handle: copies refer to the same connection. When the last handle of the connection and of its channels is gone, it
/// says DISCONNECT and closes, without waiting.
///
/// Executor, for every operation: any; on get_executor(), the connection's strand, it costs no hop. Plain functions: on the
/// strand, except where they say otherwise.
/// Errors, for every operation: the first failure that ended the connection (errc::connection_lost, errc::disconnected,
/// errc::closed, errc::timed_out, errc::keepalive_timeout, protocol errors), the same for all from then on; operation_aborted
/// when cancelled.
class connection {
public:
    connection() noexcept; ///< no connection
    explicit operator bool() const noexcept { return bool(self_); }

    /// Runs a command (RFC 4254 §6.5) to its end and gathers what it wrote; stdout and stderr are drained together, so it cannot
    /// block itself.
    /// Returns: output and exit status; a status other than 0 is no error. Errors: errc::channel_open_refused,
    /// errc::request_refused, errc::capture_limit (the channel is closed). Cancellation: terminal - the channel is closed. What
    /// becomes of the command is the server's affair: without a PTY, sshoal's process runner and OpenSSH let it run on until it
    /// reads or writes.
    awaitable<run_result> run(std::string command, run_options options = {});

    /// Starts a command and returns as soon as the server has agreed: for streaming.
    /// Read err() as well as out(), or say merge_stderr() or discard_stderr(): a program whose stderr nobody reads stands still
    /// when the window is full. Errors: errc::channel_open_refused, errc::request_refused. Cancellation: terminal - the channel
    /// is closed.
    awaitable<process> start(std::string command, process_options options = {});
    /// The user's shell; with options.pty(), an interactive one. Errors and cancellation: as start().
    awaitable<process> start_shell(process_options options = {});
    /// A subsystem by its name, such as "sftp". Errors and cancellation: as start().
    awaitable<process> start_subsystem(std::string name, process_options options = {});

    /// Starts SFTP; for what it returns, #include <sshoal/sftp.hpp>. See sftp::open().
    awaitable<sftp::client> open_sftp();
    awaitable<sftp::client> open_sftp(const sftp::client_options& options);

    /// A channel of any type (RFC 4254 §5.1). Returns: when the peer has confirmed. Errors: errc::channel_open_refused (context:
    /// the peer's reason and text), errc::too_many_channels. Cancellation: terminal, partial, total - a late confirmation is
    /// answered with CLOSE.
    /// Lifetime: the body is copied.
    awaitable<channel> open_channel(std::string type, std::span<const std::byte> body = {});
    /// A TCP connection from the server to host:port (direct-tcpip, RFC 4254 §7.2). Errors and cancellation: as open_channel().
    awaitable<channel> open_tcp(std::string host, std::uint16_t port, std::string originator = "127.0.0.1",
                                std::uint16_t originator_port = 0);

    /// Takes the channels of this type that the peer opens, from now on; types without an acceptor are refused. A type that was
    /// declared with client_options::listen_channels() or server_options::listen_channels() is taken up here, with the channels
    /// that wait already. At most `most_waiting` channels wait to be accepted; a further one is refused (resource shortage).
    /// Returns: the acceptor. Does not wait. Executor: the strand.
    /// Errors: errc::operation_in_progress where the type has an acceptor; errc::invalid_argument for "session" on a server,
    /// whose sessions come from next_session(); errc::closed for an empty handle.
    channel_acceptor listen_channels(std::string type, std::size_t most_waiting = default_waiting);

    /// Makes a global request (RFC 4254 §4). Returns: the reply's body, or nothing if it was refused. Cancellation: terminal,
    /// partial, total - the late reply is dropped.
    awaitable<std::optional<std::vector<std::byte>>> request(std::string name, std::vector<std::byte> body = {});
    /// The same without a reply; does not wait.
    awaitable<void> notify(std::string name, std::vector<std::byte> body = {});
    /// Takes the global requests of this name that the peer makes, from now on; other requests are refused. A name that was
    /// declared in the options is taken up here. At most `most_waiting` requests wait to be accepted; a further one is refused.
    /// Returns: the acceptor. Does not wait. Executor: the strand.
    /// Errors: errc::operation_in_progress where the name has an acceptor; errc::invalid_argument for a name that sshoal answers
    /// itself; errc::closed for an empty handle.
    request_acceptor listen_requests(std::string name, std::size_t most_waiting = default_waiting);

    /// Exchanges keys anew (RFC 4253 §9). Returns: when the new keys are in use. Cancellation: terminal, partial, total - the
    /// exchange goes on.
    awaitable<void> rekey();
    /// Returns: how long the peer took to answer. Cancellation: terminal, partial, total.
    awaitable<std::chrono::nanoseconds> ping();

    /// Limits the rate at which the data of all channels together leaves, in bytes per second; 0: no limit. The default is
    /// limits::send_rate. As channel::set_send_rate(). May be called on any thread.
    void set_send_rate(std::uint64_t bytes_per_second);

    /// Says DISCONNECT and closes, without waiting. May be called on any thread.
    void close() noexcept;
    void disconnect(disconnect_reason reason, std::string text) noexcept;
    /// Waits for the end. Returns: why it came; errc::closed if it was us. Cancellation: terminal, partial, total.
    awaitable<failure> wait_closed();
    bool is_open() const noexcept;

    /// Returns: names and algorithms, copied. For numbers, stats() is cheap.
    connection_info info() const;
    connection_stats stats() const;
    /// Returns: the number that events have for this connection; unique in this process. 0: no connection. Any thread.
    std::uint64_t number() const noexcept;
    executor get_executor() const noexcept; ///< the strand; may be called on any thread

    struct access; // for the library itself
    explicit connection(std::shared_ptr<conn::connection_handle> h) noexcept : self_(std::move(h)) {}

protected:
    friend struct access;
    std::shared_ptr<conn::connection_handle> self_;
};

/// What spawn() does when a coroutine that was started at a connection has ended.
spawn_handler end_of_spawned(const connection& at);

} // namespace sshoal
