// completion.hpp - what the tab key makes of a line that is being typed: commands, local and remote paths.
#pragma once

#include "sftp_commands.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace programs {

struct completion {
    std::string insert; ///< at the cursor
    std::vector<std::string> choices; ///< what the word could become, where that is more than one thing
};

/// The names in a directory, and whether each is one too. "" is the current one.
using directory_names = std::function<std::vector<std::pair<std::string, bool>>(names_of where, const std::string& folder)>;

/// `before` is the line up to the cursor.
completion complete(std::string_view before, const directory_names& list);

} // namespace programs
