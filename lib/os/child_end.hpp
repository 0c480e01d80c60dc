// child_end.hpp - ends a child process that has no user any more, and reaps it.
#pragma once

#include "os/descriptor.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>

namespace sshoal::os {

/// Returns: a descriptor that becomes readable when the child has ended; none on a system without pidfd_open(2).
descriptor open_exit_notice(::pid_t id) noexcept;

/// Waits on a thread until the child has ended: after `patience` the child gets SIGHUP, and SIGKILL a second later. `ended` gets
/// the status of waitpid(2), or -1 if it is not known, and must not throw. The end of this process waits for the thread.
void end_child(::pid_t id, std::chrono::milliseconds patience, std::function<void(int status)> ended) noexcept;

} // namespace sshoal::os
