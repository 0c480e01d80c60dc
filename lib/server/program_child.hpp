// program_child.hpp - fork and exec: a child process with pipes or a pseudo-terminal, in a session and process group of its own.
#pragma once

#include "server/program_plan.hpp"
#include "os/descriptor.hpp"

#include <sys/types.h>

namespace sshoal::server {

/// This end of a child that has been forked. The descriptors do not block and are closed on exec.
struct forked_child {
    ::pid_t id = -1;
    os::descriptor in, out, err; ///< pipes
    os::descriptor master;       ///< instead of them, where there is a pseudo-terminal
    os::descriptor report;       ///< a start_report if the program could not be started, then end of file
};

/// What the child says before it gives up.
struct start_report {
    enum step : int { none, descriptors, controlling_terminal, identity, directory, exec };
    int failed_at = none;
    int error = 0;
};

/// Errors: those of fork, pipes and pseudo-terminals; nothing is left behind then.
outcome<forked_child> fork_program(const program_plan& plan);

/// Why no pseudo-terminal can be had; empty: one can.
std::string terminal_trouble_now();

/// In words.
std::string describe(const start_report& r, const program_plan& plan);

} // namespace sshoal::server
