// program_child.hpp - fork and exec: a child process with pipes or a pseudo-terminal, in a session and process group of its own.
#pragma once

#include "server/program_plan.hpp"
#include "os/descriptor.hpp"

#include <sys/types.h>

namespace sshoal::server {

/// The server's end of a child that has been forked. The descriptors do not block and are closed on exec.
struct forked_child {
    ::pid_t id = -1;
    os::descriptor in, out, err; ///< pipes
    os::descriptor master;       ///< the pseudo-terminal, if there is one, instead of the pipes
    os::descriptor report;       ///< a start_report if the program could not be started, then end of file
};

/// The child writes this before it gives up.
struct start_report {
    enum step : int { none, descriptors, controlling_terminal, identity, directory, exec };
    int failed_at = none;
    int error = 0;
};

/// Errors: those of fork, pipes and pseudo-terminals; no child is left behind then.
outcome<forked_child> fork_program(const program_plan& plan);

/// Returns: why no pseudo-terminal can be opened; empty if one can.
std::string terminal_trouble_now();

/// Returns: the report as text.
std::string describe(const start_report& r, const program_plan& plan);

} // namespace sshoal::server
