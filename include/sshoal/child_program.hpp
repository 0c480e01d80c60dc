// child_program.hpp - starts programs of this machine beside this one: with a stream over their standard input and output, as for
// ProxyCommand, or until they end.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {

/// The end of a child program. If there is neither a status nor a signal, the system did not tell: this process ignores SIGCHLD.
class child_status {
public:
    child_status() {}
    std::optional<int> status; ///< the status with which the program exited
    int signal = 0;            ///< the signal that ended the program; 0: none
    bool ok() const noexcept { return status == 0; }
    bool is_known() const noexcept { return status || signal != 0; }
};

class system_account;

/// A program to start, and how it is started. It has the identity, environment, folder and standard error of this process, unless
/// run_as() says otherwise. Setters return the object.
class child_command {
public:
    /// The first of `arguments` is the program; without a '/' it is looked up in $PATH.
    explicit child_command(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {}
    /// Returns: a command line for the user's shell ($SHELL, else /bin/sh); the shell itself if the text is empty.
    static child_command shell(std::string command_line);

    /// Says whether an interrupt at the terminal (SIGINT) ends the program. Default: as for this process.
    child_command& interruptible(bool on) { interruptible_ = on; return *this; }
    /// The time that the program has to end by itself when the stream of start_program() is closed. Then the program gets SIGHUP,
    /// and SIGKILL a second later. Default 100 ms.
    child_command& patience(std::chrono::milliseconds t) { patience_ = t; return *this; }
    /// start_program() calls `f` when the program has ended and the stream is closed, on a thread of the library. `f` must not
    /// throw.
    child_command& on_end(std::function<void(const child_status&)> f) { on_end_ = std::move(f); return *this; }
    /// run_to_end() drops the program's standard output, and gives it no input.
    child_command& quiet(bool on = true) { quiet_ = on; return *this; }
    /// run_to_end() keeps the program's standard output, but stops reading after so many bytes.
    child_command& capture(std::size_t most) { capture_ = most; return *this; }

    /// run_to_end() kills a program that has not ended after so long. Default: it waits for ever.
    child_command& time_limit(std::chrono::milliseconds t) { time_limit_ = t; return *this; }
    /// run_to_end() runs the program as this account, with its groups, in the root folder, with an environment of PATH, USER,
    /// LOGNAME, HOME and SHELL alone and without standard error. A process that is not root can run programs as itself only.
    child_command& run_as(const system_account& who);

    const std::vector<std::string>& arguments() const noexcept { return arguments_; }
    std::optional<bool> interruptible() const noexcept { return interruptible_; }
    std::chrono::milliseconds patience() const noexcept { return patience_; }
    const std::function<void(const child_status&)>& on_end() const noexcept { return on_end_; }
    bool is_quiet() const noexcept { return quiet_; }
    std::optional<std::size_t> capture() const noexcept { return capture_; }
    std::optional<std::chrono::milliseconds> time_limit() const noexcept { return time_limit_; }
    const std::shared_ptr<const system_account>& account() const noexcept { return account_; }

private:
    std::vector<std::string> arguments_;
    std::function<void(const child_status&)> on_end_;
    std::chrono::milliseconds patience_{100};
    std::optional<std::size_t> capture_;
    std::optional<std::chrono::milliseconds> time_limit_;
    std::optional<bool> interruptible_;
    std::shared_ptr<const system_account> account_;
    bool quiet_ = false;
};

/// Starts a program and makes a stream of its standard input and output, for connect() for instance. shutdown_send() ends the
/// program's input. close() ends both directions, and the program: it gets child_command::patience() to end by itself, then a
/// signal. A thread of the library reaps the program; the end of this process waits for that thread.
/// Returns: the stream, when the program has begun. Does not wait for more.
/// Errors (thrown): those of the system with the program's name, such as no_such_file_or_directory; errc::invalid_argument for a
/// command without a program.
/// Executor: any; the stream lives on `ex`. Lifetime: the stream owns the program; the command is copied.
std::unique_ptr<byte_stream> start_program(const executor& ex, child_command command);

/// Starts a program that connects to a server and passes the connected socket on: as a descriptor (SCM_RIGHTS, with one byte of data)
/// over its standard output, which is a Unix socket, as "nc -F" does for ProxyUseFdpass.
/// Returns: the socket as a stream; the program is not needed any more, and has child_command::patience() to end.
/// Errors (thrown): as start_program(); errc::end_of_file if the program ends without a socket. Cancellation: terminal, partial, total -
/// the program is ended. Executor: the calling coroutine's; the stream lives there. Lifetime: the command is copied.
awaitable<std::unique_ptr<byte_stream>> connect_by_program(child_command command);

/// The result of run_to_end().
class child_result {
public:
    child_result() {}
    child_status end;
    std::string out; ///< the standard output, if the command captures it
};

/// Runs a program to its end. Its standard input and output are those of this process, unless the command says otherwise.
/// The call blocks; a coroutine awaits it with run_on() and disk_threads().
/// Returns: how the program ended. Errors (thrown): as start_program(). Executor: any thread.
child_result run_to_end(const child_command& command);

} // namespace sshoal
