// process_runner.hpp - serves a session with a program of the operating system: fork and exec with pipes or a pseudo-terminal.
#pragma once

#include <sshoal/server_connection.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sshoal {

/// How run_program() runs programs. Setters return the object.
class program_options {
public:
    program_options();
    program_options& user(std::string name); ///< whose identity, groups, home directory and shell; default: this process's own
    program_options& shell(std::string path);     ///< default: the user's, or /bin/sh
    program_options&
    command(std::string text); ///< runs this whatever the client asked for; what it asked for is SSH_ORIGINAL_COMMAND
    program_options& env(std::string name, std::string value); ///< added last, so it wins
    program_options& directory(std::string path); ///< default: the user's home
    /// Variables SSH_CONNECTION and SSH_CLIENT are made from these: "address port" pairs.
    program_options& peer(std::string remote, std::string local);
    program_options& subsystem(std::string name, std::string command); ///< which command serves a subsystem

    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    impl& edit();
    std::shared_ptr<impl> impl_;
};

/// Accepts the request and runs what it asks for: the command through the shell with -c, the shell as a login shell, or the
/// command given for the subsystem. Streams, window changes, signals and the exit status are carried both ways. The child has no
/// descriptors but 0, 1 and 2, is the leader of its own session and process group, and the group gets SIGHUP (SIGKILL five
/// seconds later) when the client closes. The child is always reaped.
/// Returns: when the program has ended and everything it wrote has been handed to the client. Errors: none for what client or
/// program did; a program that cannot be started exits with status 255 and a message on stderr.
/// Cancellation: terminal - the program is killed. Executor: the connection's strand.
awaitable<void> run_program(session_request request, program_options options = {});

} // namespace sshoal
