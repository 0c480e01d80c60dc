// client_match.hpp - the conditions of ssh_config's Match.
#pragma once

#include "client_config.hpp"

namespace programs {

/// The facts that conditions are about.
struct match_facts {
    const client_config& config; ///< as far as it is read
    const std::string& typed; ///< the host on the command line
    bool final_pass = false; ///< the files are read again because of a "Match final"
    bool final_wanted = false; ///< set where there is one
};

/// Whether the lines below this Match apply. A condition that is not implemented is asked about last: where another one of the
/// same line decides against the block, nothing else matters. The same goes for the command of "exec", which is run only then.
/// Errors: config_error.
bool match_applies(const config_line& line, match_facts& facts);

} // namespace programs
