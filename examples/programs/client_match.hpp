// client_match.hpp - the conditions of ssh_config's Match.
#pragma once

#include "client_config.hpp"

namespace programs {

/// The facts that conditions are about.
struct match_facts {
    const client_config& config; ///< as far as it is read
    const std::string& typed; ///< the host on the command line
    bool final_pass = false; ///< the files are being read again because of a "Match final"
    bool final_wanted = false; ///< set if there is a "Match final"
};

/// Returns: whether the lines below this Match apply. Conditions that are not implemented, and the command of "exec", come last:
/// if another condition of the line fails, they do not matter, and the command is not run.
/// Errors: config_error.
bool match_applies(const config_line& line, match_facts& facts);

} // namespace programs
