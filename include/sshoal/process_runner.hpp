// process_runner.hpp - serves a session with a program of the operating system: fork and exec with pipes or a pseudo-terminal.
#pragma once

#include <sshoal/server_connection.hpp>
#include <sshoal/system_account.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal {

/// Returns: the account; nothing where there is none of this name. Errors: what it throws is told to the client.
using account_function = std::function<std::optional<system_account>(const std::string& name)>;

/// How run_program() runs programs. Setters return the object.
class program_options {
public:
    program_options();
    program_options& user(std::string name); ///< whose identity, groups, home directory and shell; default: this process's own
    /// Sets the function that looks up accounts; by default the databases of the operating system are asked, which may be on
    /// another machine. It is called on work_executor(), by several threads at once, and must not refer to what may be gone
    /// meanwhile.
    program_options& accounts(account_function look_up);
    /// Sets the executor that waits for look-ups, so that a slow one holds up no other session: it has several threads, and its
    /// context must outlive the connections. Default: disk_threads().
    program_options& work_executor(executor ex);
    program_options& shell(std::string path);     ///< default: the user's, or /bin/sh
    program_options&
    command(std::string text); ///< runs this whatever the client asked for; what it asked for is SSH_ORIGINAL_COMMAND
    program_options& env(std::string name, std::string value); ///< added last, so it wins
    program_options& directory(std::string path); ///< default: the user's home
    /// Sets the variables SSH_CONNECTION and SSH_CLIENT from the ends of the connection, as connection_info has them. An end that
    /// is no TCP endpoint is told as "UNKNOWN 65535", as sshd does.
    program_options& peer(endpoint remote, endpoint local);
    /// By default a program whose client has gone lives on for as long as it wants, as under sshd: only one with a terminal gets
    /// SIGHUP. Its output has no reader any more, so one that writes there gets SIGPIPE, and long jobs redirect it. With this
    /// option, each gets SIGHUP then, and SIGKILL when it has not ended so long after it; its process group gets both.
    program_options& end_with_client(std::chrono::milliseconds patience = std::chrono::seconds(5));
    program_options& subsystem(std::string name, std::string command); ///< which command serves a subsystem

    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    impl& edit();
    std::shared_ptr<impl> impl_;
};

/// Accepts the request and runs what it asks for: the command through the shell with -c, the shell as a login shell, or the
/// command given for the subsystem. Streams, window changes, signals and the exit status are carried both ways. The child has no
/// descriptors but 0, 1 and 2, and is the leader of its own session and process group. A client that closes the channel while the
/// program runs ends its input and gets no more of its output, and is still told how it ended. A program whose client has gone
/// lives on, see end_with_client(); one with a terminal gets SIGHUP. The child is always reaped, also where the io_context has
/// been destroyed meanwhile.
/// Returns: when the program has ended and everything it wrote has been handed to the client. Errors: none for what client or
/// program did; a program that cannot be started exits with status 255 and a message on stderr.
/// Cancellation: terminal - the program is killed. Executor: the connection's strand.
awaitable<void> run_program(session_request request, program_options options = {});

/// Why no pseudo-terminal can be had now, as where there is no /dev/pts; empty: one can. For server_options::permit_setup(). Any
/// thread.
std::string terminal_trouble();

} // namespace sshoal
