// connection.hpp - one SSH connection, as both ends see it: its channels, global requests, keys, and end (RFC 4254).
#pragma once

#include <sshoal/acceptors.hpp>
#include <sshoal/algorithms.hpp>
#include <sshoal/api.hpp>
#include <sshoal/channel.hpp>
#include <sshoal/connection_stats.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/presented_key.hpp>
#include <sshoal/process.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sshoal::conn {
struct connection_handle;
} // namespace sshoal::conn

namespace sshoal SSHOAL_API {

namespace sftp {
class client;
class client_options;
} // namespace sftp

/// Facts about a connection that is logged in.
class connection_info {
public:
    connection_info() {}
    std::string user;
    std::vector<std::string> auth_methods;  ///< the methods that succeeded, in order
    bool proof_given = true;                ///< client: false if the server asked for no proof at all
    negotiated algorithms;
    std::string peer_identification;        ///< "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6", printable
    std::vector<std::byte> session_id;
    presented_key host_key;                 ///< client: the server's key, verified
    endpoint remote, local;                 ///< the ends of the stream
};

/// A cheap handle: copies refer to the same connection. When the last handle of the connection and of its channels is gone, the
/// connection sends DISCONNECT and closes, without waiting.
///
/// Executor, for every operation: any; on get_executor(), the connection's strand, an operation costs no hop. Plain functions
/// must be called on the strand, unless they say otherwise.
/// Errors, for every operation: the first failure that ended the connection (errc::connection_lost, errc::disconnected,
/// errc::closed, errc::timed_out, errc::keepalive_timeout, protocol errors), the same one for all operations from then on;
/// operation_aborted when the operation was cancelled.
class connection {
public:
    connection() noexcept; ///< no connection
    explicit operator bool() const noexcept { return bool(self_); }

    /// Runs a command (RFC 4254 §6.5) to its end and gathers its output. stdout and stderr are read side by side, so that the
    /// command cannot block itself.
    /// Returns: the output and the exit status; a status other than 0 is no error. Errors: errc::channel_open_refused,
    /// errc::request_refused, errc::capture_limit (the channel is closed), errc::timed_out (run_options::deadline()),
    /// errc::invalid_argument (a NUL in the command or in a variable; nothing has been sent).
    /// Cancellation: terminal - the command is sent SIGTERM and the channel is closed; the context of the error says what became
    /// of the command. The server decides whether a command that survives SIGTERM, or never gets it, runs on: without a terminal,
    /// sshoal's process runner and OpenSSH let the command run until it reads or writes.
    awaitable<run_result> run(std::string command, run_options options = {});

    /// Starts a command and returns as soon as the server has agreed, for streaming its input and output.
    /// Read err() as well as out(), or use merge_stderr() or discard_stderr(): a program whose stderr is not read stands still
    /// when the window is full. Errors: errc::channel_open_refused, errc::request_refused, errc::invalid_argument (as run()).
    /// Cancellation: terminal - as run().
    awaitable<process> start(std::string command, process_options options = {});
    /// Starts the user's shell; with options.pty(), an interactive one. Errors and cancellation: as start().
    awaitable<process> start_shell(process_options options = {});
    /// Starts a subsystem by its name, such as "sftp". Errors and cancellation: as start().
    awaitable<process> start_subsystem(std::string name, process_options options = {});

    /// Starts SFTP, as sftp::open(). The program includes <sshoal/sftp.hpp> for the type of the result.
    awaitable<sftp::client> open_sftp();
    awaitable<sftp::client> open_sftp(const sftp::client_options& options);

    /// Opens a channel of any type (RFC 4254 §5.1). Returns: the channel, when the peer has confirmed it. Errors:
    /// errc::channel_open_refused (context: the peer's reason and text), errc::too_many_channels. Cancellation: terminal,
    /// partial, total - a late confirmation is answered with CLOSE.
    /// Lifetime: the body is copied.
    awaitable<channel> open_channel(std::string type, std::span<const std::byte> body = {}, channel_options options = {});
    /// Opens a TCP connection from the server to host:port (direct-tcpip, RFC 4254 §7.2). Errors and cancellation: as
    /// open_channel().
    awaitable<channel> open_tcp(std::string host, std::uint16_t port, std::string originator = "127.0.0.1",
                                std::uint16_t originator_port = 0);

    /// From now on, takes the channels of this type that the peer opens; channels of a type without an acceptor are refused. For
    /// a type that was declared with client_options::listen_channels() or server_options::listen_channels(), the acceptor gets
    /// the channels that wait already. At most `most_waiting` channels wait to be accepted; a further one is refused (resource
    /// shortage).
    /// Returns: the acceptor. Does not wait. Executor: the strand.
    /// Errors: errc::operation_in_progress if the type has an acceptor; errc::invalid_argument for "session" on a server, whose
    /// sessions come from next_session(); errc::closed for an empty handle.
    channel_acceptor listen_channels(std::string type, std::size_t most_waiting = default_waiting);

    /// Makes a global request (RFC 4254 §4). Returns: the reply's body, or nothing if it was refused. Cancellation: terminal,
    /// partial, total - the late reply is dropped.
    awaitable<std::optional<std::vector<std::byte>>> request(std::string name, std::vector<std::byte> body = {});
    /// Makes a global request without a reply; does not wait.
    awaitable<void> notify(std::string name, std::vector<std::byte> body = {});
    /// From now on, takes the global requests of this name that the peer makes; a request of a name without an acceptor is
    /// refused. For a name that was declared in the options, the acceptor gets the requests that wait already. At most
    /// `most_waiting` requests wait to be accepted; a further one is refused.
    /// Returns: the acceptor. Does not wait. Executor: the strand.
    /// Errors: errc::operation_in_progress if the name has an acceptor; errc::invalid_argument for a name that sshoal answers
    /// itself; errc::closed for an empty handle.
    request_acceptor listen_requests(std::string name, std::size_t most_waiting = default_waiting);

    /// Exchanges keys anew (RFC 4253 §9). Returns: when the new keys are in use. Cancellation: terminal, partial, total - the
    /// exchange goes on.
    awaitable<void> rekey();
    /// Asks the peer for a sign of life. Returns: the time that the peer took to answer. Cancellation: terminal, partial, total.
    awaitable<std::chrono::nanoseconds> ping();

    /// Sends SSH_MSG_IGNORE (RFC 4253 §11.2), which the peer reads and forgets: traffic against an observer who measures packets,
    /// or for a router that drops quiet connections. Does not wait for an answer, and there is none; ping() has one. The first
    /// form sends `random_bytes` random bytes, the second these bytes. During a key exchange the message waits for its end. It is
    /// left out if the connection has ended, or while 256 KiB of output wait to be sent already.
    /// Errors (thrown): errc::message_too_long if the message would be longer than limits::max_message. May be called on any
    /// thread.
    void send_ignore(std::size_t random_bytes);
    void send_ignore(std::span<const std::byte> data);

    /// Limits the rate at which the data of all channels together is sent, in bytes per second; 0: no limit. The default is
    /// limits::send_rate. The rest is as for channel::set_send_rate(). May be called on any thread.
    void set_send_rate(std::uint64_t bytes_per_second);

    /// Replaces the keepalive of the options: a peer that has been silent for `interval` is asked for a sign of life, and `count`
    /// unanswered questions end the connection. An interval of 0 asks no more. May be called on any thread.
    void set_keepalive(std::chrono::milliseconds interval, unsigned count = 3);

    /// Sends DISCONNECT and closes, without waiting. May be called on any thread.
    void close() noexcept;
    void disconnect(disconnect_reason reason, std::string text) noexcept;
    /// Waits for the end of the connection. Returns: the failure that ended it; errc::closed if this side closed it.
    /// Cancellation: terminal, partial, total.
    awaitable<failure> wait_closed();
    /// The same for code that cannot go on without the connection, beside others in first_of(). Errors (thrown): the failure that
    /// ended the connection; never returns.
    awaitable<void> until_closed();
    bool is_open() const noexcept;

    /// Returns: a copy of the names and algorithms. stats() has the numbers and costs less.
    connection_info info() const;
    connection_stats stats() const;
    /// Returns: the number that events have for this connection, unique in this process; 0 for no connection. May be called on
    /// any thread.
    std::uint64_t number() const noexcept;
    executor get_executor() const noexcept; ///< the strand; may be called on any thread

protected:
    friend struct detail::access;
    explicit connection(std::shared_ptr<conn::connection_handle> h) noexcept : self_(std::move(h)) {}
    std::shared_ptr<conn::connection_handle> self_;
};

/// Returns: the function that spawn() calls when a coroutine that was started at a connection has ended.
spawn_handler end_of_spawned(const connection& at);

} // namespace sshoal
