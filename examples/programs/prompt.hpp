// prompt.hpp - asks the user, at the terminal of the process, whatever standard input is, or by the program of SSH_ASKPASS.
#pragma once

#include <optional>
#include <string>

namespace programs {

/// Which of the two ways to ask there are, by what the environment says (ssh(1), SSH_ASKPASS_REQUIRE): a program needs a display,
/// "force" or "prefer"; with "force", and with "prefer" where there is a display, it is asked though there is a terminal.
struct askpass_rules {
    bool allowed = false, preferred = false;
    std::string program;
};
askpass_rules rules_for_askpass();

/// Returns: the line typed; nothing where the user gave up, and where there was no way to ask, which is said in the log.
std::optional<std::string> ask_user(const std::string& prompt, bool echo);

} // namespace programs
