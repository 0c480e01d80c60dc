// process.hpp - a command, shell or subsystem that runs at the server, seen from the client (RFC 4254 §6).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/channel.hpp>
#include <sshoal/shell_quote.hpp>
#include <sshoal/terminal.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// The end of a program. If there is neither a status nor a signal, the server did not say.
class exit_info {
public:
    exit_info() {}
    std::optional<std::uint32_t> status;
    std::string signal;        ///< without "SIG": "TERM"
    bool core_dumped = false;
    std::string message;       ///< printable

    bool ok() const noexcept { return status == 0u; }
    /// Returns: a number for exit() and main(): the status; 255 for a status above that, for a signal, and if the server did not
    /// say.
    int code() const noexcept;
    /// Returns: text such as "exit status 1", "killed by SIGTERM", "ended without saying how".
    std::string describe() const;
};

/// The result of run(): the command's output and how the command ended.
class run_result {
public:
    run_result() {}
    std::string out, err;
    exit_info exit;
    bool ok() const noexcept { return exit.ok(); }
};

/// Options of start(), start_shell() and start_subsystem().
class process_options {
public:
    process_options();
    process_options& env(std::string name, std::string value); ///< servers accept only the names that they are set up for
    /// Asks for a terminal (RFC 4254 §6.2). A server that refuses it ends the start with errc::request_refused.
    process_options& pty(terminal t);
    /// Asks for a terminal, but runs the program without one if the server refuses; process::has_terminal() tells.
    process_options& optional_pty(terminal t);
    process_options& merge_stderr(bool on = true);   ///< stderr arrives in out(), in the order in which the server sent both
    process_options& discard_stderr(bool on = true); ///< stderr is dropped, instead of waiting to be read
    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    impl& edit();
    std::shared_ptr<impl> impl_;
};

/// Options of run().
class run_options {
public:
    run_options() {}
    run_options& input(std::string text) { input_ = std::move(text); return *this; } ///< stdin; empty by default
    run_options& capture_limit(std::size_t most) { limit_ = most; return *this; }  ///< stdout and stderr together; default 64 MiB
    run_options& merge_stderr(bool on = true) { merge_ = on; return *this; }         ///< stderr goes to run_result::out, in order
    /// Asks for a terminal, as process_options::pty() does: a program on a terminal gets SIGHUP when run() ends before it. stdout
    /// and stderr arrive together in run_result::out, with the line ends and the echo of the terminal. A program that reads to
    /// the end of its input needs the character EOF, "\x04", at the end of input().
    run_options& pty(terminal t) { pty_ = std::move(t); return *this; }
    /// Limits the whole of run(). After this time the program is sent SIGTERM, its channel is closed, and run() fails with
    /// errc::timed_out and a text that says what became of the program. Default 0: no limit.
    run_options& deadline(std::chrono::milliseconds t) { deadline_ = t; return *this; }
    run_options& env(std::string name, std::string value) { env_.emplace_back(std::move(name), std::move(value)); return *this; }

    const std::string& input() const noexcept { return input_; }
    std::size_t capture_limit() const noexcept { return limit_; }
    bool merges_stderr() const noexcept { return merge_; }
    const std::optional<terminal>& pty() const noexcept { return pty_; }
    std::chrono::milliseconds deadline() const noexcept { return deadline_; }
    const std::vector<std::pair<std::string, std::string>>& env() const noexcept { return env_; }

private:
    std::string input_;
    std::size_t limit_ = 64u << 20;
    bool merge_ = false;
    std::optional<terminal> pty_;
    std::chrono::milliseconds deadline_{0};
    std::vector<std::pair<std::string, std::string>> env_;
};

/// One stream that a process writes, for code that takes only one direction.
class process_output {
public:
    process_output() {}
    process_output(channel c, data_stream s) : channel_(std::move(c)), stream_(s) {}
    awaitable<std::size_t> read_some(std::span<std::byte> into) { return channel_.read_some(into, stream_); }
    awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) { return channel_.read_some(into, ec, stream_); }
    awaitable<std::size_t> read_some(std::span<char> into) { return channel_.read_some(into, stream_); }
    /// Reads to the end; see channel::read_all().
    awaitable<std::string> read_all(std::size_t most = 64u << 20) { return channel_.read_all(stream_, most); }
    /// Reads a line; see line_reader::next().
    awaitable<std::optional<std::string>> read_line(std::size_t limit = default_text_limit)
    {
        return channel_.read_line(stream_, limit);
    }
    /// Reads up to this text, such as a prompt; see channel::read_until().
    awaitable<std::string> read_until(std::string text, std::size_t limit = default_text_limit)
    {
        return channel_.read_until(std::move(text), stream_, limit);
    }
    /// Returns: a reader of the lines, which keeps the process open.
    line_reader lines(std::size_t limit = default_text_limit) const { return channel_.lines(stream_, limit); }
    std::size_t try_read(std::span<std::byte> into) { return channel_.try_read(into, stream_); }
    std::size_t queued() const { return channel_.queued(stream_); } ///< the number of bytes that try_read() would find
    bool at_eof() const { return channel_.at_eof(stream_); }

private:
    channel channel_;
    data_stream stream_ = data_stream::normal;
};

class process_input {
public:
    process_input() {}
    explicit process_input(channel c) : channel_(std::move(c)) {}
    awaitable<std::size_t> write_some(std::span<const std::byte> from) { return channel_.write_some(from); }
    awaitable<void> write(std::span<const std::byte> from) { return channel_.write(from); }
    awaitable<void> write(std::string_view text) { return channel_.write(text); }
    awaitable<void> send_eof() { return channel_.send_eof(); }

private:
    channel channel_;
};

/// A running program. A cheap handle; dropping the last handle closes its channel. The server decides whether the program goes on
/// then: OpenSSH lets a program without a terminal run until it reads or writes. terminate() ends the program, if the server
/// delivers signals.
/// Executor, errors and lifetime are those of channel.
class process {
public:
    process() noexcept;

    explicit operator bool() const noexcept { return bool(channel_); }

    process_input in() const { return process_input(channel_); }
    process_output out() const { return process_output(channel_, data_stream::normal); }
    process_output err() const { return process_output(channel_, data_stream::error); }
    channel io() const { return channel_; } ///< the session channel itself: priority, rate, name, stderr, requests

    /// Waits until the program has ended and its channel is closed. Queued output can still be read.
    /// A program may not end while its output is not read: read out() and err() before, or at the same time.
    /// Returns: how the program ended. Errors: the failure that ended the connection, if the connection ended before the server
    /// told how.
    /// Cancellation: terminal, partial, total.
    awaitable<exit_info> wait();
    /// Waits until the server has told how the program ended, or the channel is closed. The channel may stay open after that: a
    /// background process of the program keeps the output open. Output is not waited for, and can still be read.
    /// Returns, errors and cancellation: as wait().
    awaitable<exit_info> wait_exit();
    /// Ends the program: sends SIGTERM and waits for its end; after `grace` sends SIGKILL, drops the output, and waits for as
    /// long again; then closes the channel. Until SIGKILL the output can be read, and a program that has much to write must be read.
    /// Returns: how the program ended; neither a status nor a signal if the server has not told in time, such as a server that
    /// delivers no signals. Errors: as wait(). Cancellation: terminal - SIGKILL is sent, and the channel is closed.
    awaitable<exit_info> terminate(std::chrono::milliseconds grace = std::chrono::seconds(5));
    /// Closes the channel, without waiting; see above for what becomes of the program. May be called on any thread.
    void close() noexcept { channel_.close(); }
    /// Returns: how the program ended, as far as is known now.
    const exit_info& exit() const noexcept;
    /// Returns: whether the program runs on a terminal: the options asked for one, and the server granted it.
    bool has_terminal() const noexcept;

    /// Delivers a signal (RFC 4254 §6.9) by name: "TERM", "INT", "KILL", or "name@domain" for others; a leading "SIG" is dropped.
    /// Servers may ignore the signal. Does not wait for an effect. Errors: errc::invalid_argument for any other name.
    awaitable<void> signal(std::string name);
    /// Tells the server the new size of the terminal (RFC 4254 §6.7).
    awaitable<void> resize(terminal_size to);
    /// Sends a break of this length (RFC 4335). Returns: whether the server performed it. Cancellation: as channel::request().
    awaitable<bool> send_break(std::chrono::milliseconds length = std::chrono::milliseconds(500));

    executor get_executor() const noexcept { return channel_.get_executor(); }
    friend SSHOAL_API spawn_handler end_of_spawned(const process& at);

    struct state;
    process(channel c, std::shared_ptr<state> s) noexcept;

private:
    channel channel_;
    std::shared_ptr<state> state_;
};

/// Returns: the function that spawn() calls when a coroutine that was started at a process has ended.
spawn_handler end_of_spawned(const process& at);

} // namespace sshoal
