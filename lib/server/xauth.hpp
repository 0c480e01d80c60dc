// xauth.hpp - tells xauth(1) the cookie of a session's display.
#pragma once

#include "server/program_plan.hpp"

namespace sshoal::server {

/// Runs xauth with the identity and the environment of the program, and waits for its end: at most 30 s, the time in which xauth
/// gives up on a file that is locked. Returns: why that failed; empty if it did not.
std::string tell_xauth(const program_plan& plan, const session_x11& display);

} // namespace sshoal::server
