// prompt.hpp - asks the user, at the terminal of the process (not on standard input) or by the program of SSH_ASKPASS.
#pragma once

#include <optional>
#include <string>

namespace programs {

/// The ways in which the environment lets a program ask the user (ssh(1), SSH_ASKPASS_REQUIRE). The program may ask if there is a
/// display, or with "force"; with "force", and with "prefer" and a display, it asks even if there is a terminal.
struct askpass_rules {
    bool allowed = false, preferred = false;
    std::string program;
};
askpass_rules rules_for_askpass();

/// Returns: the typed line; nothing if the user gave up, or if there is no way to ask, which the log says.
std::optional<std::string> ask_user(const std::string& prompt, bool echo);

} // namespace programs
