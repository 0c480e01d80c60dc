// child_program.hpp - a program that has the terminal while this one waits for it, such as the user's shell.
#pragma once

#include <sshoal/child_program.hpp>

namespace programs {

/// Runs a program that signals of the terminal are meant for: until it ends, this program ignores SIGINT, and stops and ends with
/// the others as if it did not catch them. Blocks. Errors (thrown): as sshoal::run_to_end().
sshoal::child_status run_at_terminal(sshoal::child_command command);

} // namespace programs
