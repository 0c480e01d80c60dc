// program_child.hpp - the child process of a session: its pipes or its pseudo-terminal. The child leads a session and a process
// group of its own.
#pragma once

#include "os/child.hpp"
#include "server/program_plan.hpp"

namespace sshoal::server {

/// The server's end of a child that has been forked. The descriptors do not block and are closed on exec.
struct forked_child {
    ::pid_t id = -1;
    os::descriptor in, out, err; ///< pipes
    os::descriptor master;       ///< the pseudo-terminal, if there is one, instead of the pipes
    os::descriptor report;       ///< an os::start_report if the program could not be started, then end of file
};

/// Errors: those of fork, pipes and pseudo-terminals; no child is left behind then.
outcome<forked_child> fork_program(const program_plan& plan);

/// Returns: why no pseudo-terminal can be opened; empty if one can.
std::string why_no_terminal_now();

/// Returns: the report as text.
std::string describe(const os::start_report& r, const program_plan& plan);

} // namespace sshoal::server
