// process_runner.hpp - serves a session with a program of the operating system: fork and exec with pipes or a pseudo-terminal.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/server_connection.hpp>
#include <sshoal/system_account.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// Returns: the account; nothing if there is none of this name. Errors: the client is told the text of an exception.
using account_function = std::function<std::optional<system_account>(const std::string& name)>;

/// These options say how run_program() runs programs. Setters return the object.
class program_options {
public:
    program_options();
    program_options& user(std::string name); ///< the account that programs run as; default: this process's own
    /// Sets the function that looks up accounts. By default the databases of the operating system are asked, which may be on
    /// another machine. The function is called on work_executor(), by several threads at once, and must not refer to objects that
    /// may be gone by then.
    program_options& accounts(account_function look_up);
    /// Sets the executor that waits for look-ups, so that a slow look-up delays no other session. The executor should have
    /// several threads, and its context must outlive the connections. Default: disk_threads().
    program_options& work_executor(executor ex);
    program_options& shell(std::string path);     ///< default: the user's shell, or /bin/sh
    program_options&
    command(std::string text); ///< runs in place of the client's command, which is SSH_ORIGINAL_COMMAND then
    program_options& env(std::string name, std::string value); ///< added last, so it replaces other values
    program_options& directory(std::string path); ///< default: the user's home
    /// Makes this folder the root of what programs see (chroot(2)); the shell and the home folder are looked for below it. Every
    /// folder of the path must belong to root, and nobody else may be able to write to it. Only a server of root's can do this.
    program_options& root(std::string path);
    /// Runs a script before each program, as sshd does (sshd(8), LOGIN PROCESS): ~/.ssh/rc if that exists, `of_user` and the
    /// log-in's permissions::user_rc are true, the request is no subsystem and there is no command(); otherwise /etc/ssh/sshrc if
    /// that exists. The program begins when the script has ended. Default: no script.
    program_options& login_scripts(bool of_user);
    /// Sets the variables SSH_CONNECTION and SSH_CLIENT from the ends of the connection, as connection_info has them. An end that
    /// is no TCP endpoint is written as "UNKNOWN 65535", as sshd does.
    program_options& peer(endpoint remote, endpoint local);
    /// Ends a program whose client has gone: the program's process group gets SIGHUP, and SIGKILL if the program has not ended
    /// after `patience`. Without this option the program lives on for as long as it wants, as under sshd: only a program with a
    /// terminal gets SIGHUP. The program's output has no reader any more then, so a program that writes gets SIGPIPE; long jobs
    /// redirect their output.
    program_options& end_with_client(std::chrono::milliseconds patience = std::chrono::seconds(5));
    program_options& subsystem(std::string name, std::string command); ///< which command serves a subsystem

    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    impl& edit();
    std::shared_ptr<impl> impl_;
};

/// Accepts the request and runs the program that it asks for: the command through the shell with -c, the shell as a login shell,
/// or the command given for the subsystem. Streams, window changes, signals and the exit status are passed on in both directions.
/// The child has no descriptors but 0, 1 and 2, and leads its own session and process group. A client that closes the channel
/// while the program runs ends the program's input and gets no more of its output, but is still told how the program ended. A
/// program whose client has gone lives on, see end_with_client(); a program with a terminal gets SIGHUP. The child is always
/// reaped, even if the io_context is destroyed meanwhile.
/// Returns: when the program has ended and the client has all its output. Errors: none that the client or the program causes; a
/// program that cannot be started exits with status 255 and a message on stderr.
/// Cancellation: terminal - the program is killed. Executor: the connection's strand.
awaitable<void> run_program(session_request request, program_options options = {});

/// Returns: the reason why no pseudo-terminal can be opened now, such as a missing /dev/pts; empty if one can. This is for
/// server_options::permit_setup(). May be called on any thread.
std::string why_no_terminal();

} // namespace sshoal
