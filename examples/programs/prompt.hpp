// prompt.hpp - asks the user at the terminal of the process, whatever standard input is.
#pragma once

#include <optional>
#include <string>

namespace programs {

/// Returns: the line typed; nothing without a terminal or at end of file.
std::optional<std::string> ask_user(const std::string& prompt, bool echo);

} // namespace programs
