// child.hpp - fork and exec: starts a child process whose descriptors, identity, folder and signals are set before its program
// begins.
#pragma once

#include "os/descriptor.hpp"
#include "sshoal/error.hpp"

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace sshoal::os {

/// The user and the groups that a child changes to.
struct child_identity {
    ::uid_t user = 0;
    ::gid_t group = 0;
    std::vector<::gid_t> groups;
};

/// A program that the child runs to its end before its own, if a file exists; such as a user's start-up script.
struct early_program {
    std::string if_exists;
    std::string program;
    std::vector<std::string> arguments; ///< the first one is the program's name
};

struct child_plan {
    std::string program;
    bool search = false;                                 ///< a program without '/' is looked up in $PATH
    std::vector<std::string> arguments;                  ///< the first one is the program's name
    std::optional<std::vector<std::string>> environment; ///< "NAME=value"; none: that of this process
    std::array<int, 3> descriptors{-1, -1, -1};          ///< become 0, 1 and 2 of the child; -1: those of this process
    bool close_others = false;         ///< the child gets no descriptors but these three
    bool own_session = false;          ///< the child leads a session and a process group of its own
    bool controlling_terminal = false; ///< the first descriptor becomes the terminal of that session
    std::optional<std::string> root;   ///< the folder that the child sees as the root; only root can change it
    std::optional<child_identity> identity;
    std::optional<std::string> directory;
    std::string directory_complaint; ///< the child's text on stderr if it cannot enter the folder; empty: that is an error
    bool directory_may_miss = false; ///< the child goes on at the root without a text
    std::vector<early_program> early; ///< the first whose file exists runs, in the child's folder and without input
    bool reset_all_signals = false;  ///< no signal is ignored or blocked; otherwise ignored and blocked signals stay so
    std::vector<int> default_signals, ignored_signals; ///< signals that the child does not ignore, and that it ignores
};

/// The child writes this before it gives up.
struct start_report {
    enum step : int { none, descriptors, controlling_terminal, root, identity, directory, exec };
    int failed_at = none;
    int error = 0;
};

struct started_child {
    ::pid_t id = -1;
    descriptor report; ///< a start_report if the program could not be started, then end of file. Does not block
};

/// Starts a child, which must be waited for. Descriptors of this process that are not closed on exec are the child's too, unless
/// close_others is set. Errors: those of fork and pipes; no child is left behind then.
outcome<started_child> start_child(const child_plan& plan);

/// Blocks until the program has begun. Returns: the report of a program that could not be started; `none` of another one.
start_report wait_for_start(const descriptor& report) noexcept;

/// Waits for the end of the child. Blocks. Returns: the status of waitpid(2), or -1 if it is not known.
int wait_for_end(::pid_t id) noexcept;

/// Makes a pipe whose ends are closed on exec and are neither 0, 1 nor 2. Returns: false, with errno, if there is none.
bool make_pipe(descriptor& read_end, descriptor& write_end) noexcept;
/// Moves a descriptor above 0, 1 and 2, which may be closed in this process. Returns: false, with errno, if it cannot.
bool above_standard(descriptor& fd) noexcept;
bool set_non_blocking(const descriptor& fd) noexcept;

} // namespace sshoal::os
