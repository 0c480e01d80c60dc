// server_connection.hpp - one client that has logged in, and the sessions that it asks for (RFC 4254 §6).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/server_options.hpp>
#include <sshoal/terminal.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal::server {
class session_state;
struct undecided_session;
} // namespace sshoal::server

namespace sshoal SSHOAL_API {

class server_connection;

/// A message of a client to a running program.
class session_event {
public:
    enum class kind { window_change, signal, send_break, xon_xoff };
    session_event() {}
    kind what = kind::signal;
    terminal_size size;                    ///< window_change
    std::string signal;                    ///< signal: without "SIG"
    std::chrono::milliseconds length{0};   ///< send_break
    bool client_can_do = false;            ///< xon_xoff
};

/// The server's end of a session, for the program that serves the client. A cheap handle; dropping the last handle closes the
/// channel.
/// Executor, errors and lifetime are those of channel.
class server_session {
public:
    server_session() noexcept;
    explicit operator bool() const noexcept { return bool(channel_); }

    /// The session channel itself, for its priority, rate, close() and requests of other names (those of RFC 4254 go to
    /// next_event()).
    channel io() const { return channel_; }
    /// Reads the bytes that the client sends to the program's standard input. Returns: 0 at end of file.
    awaitable<std::size_t> read_some(std::span<std::byte> into) { return channel_.read_some(into); }
    awaitable<std::size_t> read_some(std::span<char> into) { return channel_.read_some(into); }
    /// Reads a line of the client's input; see line_reader::next().
    awaitable<std::optional<std::string>> read_line(std::size_t limit = default_text_limit)
    {
        return channel_.read_line(data_stream::normal, limit);
    }
    /// Reads up to this text; see channel::read_until().
    awaitable<std::string> read_until(std::string text, std::size_t limit = default_text_limit)
    {
        return channel_.read_until(std::move(text), data_stream::normal, limit);
    }
    /// Returns: a reader of the lines, which keeps the session.
    line_reader lines(std::size_t limit = default_text_limit) const { return channel_.lines(data_stream::normal, limit); }
    awaitable<void> write(std::span<const std::byte> from) { return channel_.write(from); }
    awaitable<void> write(std::string_view text) { return channel_.write(text); }
    awaitable<void> write_error(std::string_view text) { return channel_.write(text, data_stream::error); }

    /// Waits for the next window change, signal or break (RFC 4254 §6.7 to §6.9, RFC 4335). At most 64 events wait; a window
    /// change replaces the one that waits. Returns: the event; nothing once the channel is closed. Cancellation: terminal,
    /// partial, total - no event is lost.
    awaitable<std::optional<session_event>> next_event();

    /// Tells the client how the program ended (RFC 4254 §6.10), sends EOF and closes. Does not wait. Only the first call counts.
    /// Errors: none; a client that has gone is not told.
    awaitable<void> exit(std::uint32_t status);
    awaitable<void> exit_signal(std::string name, bool core_dumped = false, std::string message = {});

    executor get_executor() const noexcept { return channel_.get_executor(); }
    /// Returns: connection_info::peer_identification, for programs that must know the client's peculiarities. Must be called on
    /// the strand.
    std::string client_identification() const;

    friend spawn_handler end_of_spawned(const server_session& at) { return end_of_spawned(at.channel_); }

private:
    friend struct detail::access;
    server_session(channel c, std::shared_ptr<server::session_state> s) noexcept;
    channel channel_;
    std::shared_ptr<server::session_state> state_;
};

spawn_handler end_of_spawned(const server_session& at);

/// The X display that a session has been granted (RFC 4254 §6.3). DISPLAY is in session_request::env. run_program() tells xauth(1)
/// the cookie before the program begins; other programs do so themselves.
class session_x11 {
public:
    session_x11() {}
    std::string display;   ///< "localhost:10.0"
    std::string for_xauth; ///< the display's name for xauth: "unix:10.0"
    std::string protocol;  ///< letters, digits and '-'
    std::string cookie;    ///< hexadecimal digits
    std::string xauth;     ///< the program
};

/// A client's request to run a program on a new session channel. The server accepts or refuses it; a request that is dropped
/// undecided is refused. A client that was refused may ask for another program on the same channel.
class session_request {
public:
    enum class kind { shell, exec, subsystem };

    session_request() {}
    kind what = kind::shell;
    std::string command;          ///< exec: the command; subsystem: its name
    /// True: `command` comes from the log-in's permissions and `what` is exec, whatever the client asked for.
    bool forced = false;
    std::string original_command; ///< forced: the client's command, or the name of its subsystem; empty for a shell
    std::optional<terminal> pty;
    /// The client's variables that server_options::accept_env() accepts, then those of the log-in's permissions.
    std::vector<std::pair<std::string, std::string>> env;
    std::shared_ptr<const session_x11> x11; ///< null: the session has no display

    /// Returns: the session, whose reads and writes go to the client; an empty handle if the request is decided already. Does not
    /// wait. Must be called on the strand.
    server_session accept();
    void refuse();
    void refuse(const std::string& why); ///< the reason goes to the log, as a warning, and not to the client

    server_connection connection() const; ///< the connection of the request, for user() and info()
    executor get_executor() const noexcept;

private:
    friend struct detail::access;
    std::shared_ptr<server::undecided_session> self_;
};

/// A connection on the server's side: a connection, and its sessions.
class server_connection : public connection {
public:
    server_connection() noexcept = default;

    /// Waits for the next program that the client asks for. The server calls this in a loop; otherwise the client waits. A
    /// session's reads and writes throw when its client goes, which ends a coroutine that was started with spawn(session, ...) or
    /// spawn(connection, ...), and no other.
    /// Returns: the request; nothing once the connection has ended. At most limits::max_undecided_opens wait.
    /// Errors: none but operation_aborted. Executor: any.
    /// Cancellation: terminal, partial, total - no request is lost.
    awaitable<std::optional<session_request>> next_session();

    const std::string& user() const noexcept;
    /// Returns: the key that the client proved last; empty if there was none.
    const presented_key& user_key() const noexcept;
    /// Returns: the permissions that all steps of the log-in leave; everything if the authenticator gave no permissions.
    /// Lifetime: that of the connection.
    const sshoal::permissions& permissions() const noexcept;
    /// Returns: the application's data from the decision, for std::any_cast<T>(&c.application_data()); empty if no decision had
    /// data.
    /// Lifetime: that of the connection.
    const std::any& application_data() const noexcept;

private:
    friend struct detail::access;
    explicit server_connection(std::shared_ptr<conn::connection_handle> h) noexcept : connection(std::move(h)) {}
};

/// Serves SSH over a stream that exists already (inetd style, memory, a channel).
/// Returns: the connection, when the client has logged in. Errors: the failure that ended the connection,
/// errc::authentication_failed, errc::invalid_argument (options). Cancellation: terminal - the stream is closed. Executor: any;
/// the connection's strand is the caller's, or a new one.
awaitable<server_connection> accept(std::unique_ptr<byte_stream> stream, server_options options);

} // namespace sshoal
