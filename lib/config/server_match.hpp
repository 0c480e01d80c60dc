// server_match.hpp - the conditions of sshd_config's Match, and its lists of users and groups.
#pragma once

#include "config/config_line.hpp"
#include "sshoal/sshd_config.hpp"

namespace sshoal::conf {

struct login_condition {
    std::string name; ///< in lower case
    std::string argument;
};

/// Reads the conditions of a line: "user a,b", "user=a,b", "all". Errors: errc::bad_configuration.
outcome<std::vector<login_condition>> read_login_conditions(const config_line& line);

/// Returns: whether all conditions hold. Null: nothing is known about a log-in.
bool login_fits(const std::vector<login_condition>& all, const login_facts* who);

/// Returns: whether a pattern of AllowUsers or DenyUsers, "user" or "user@host", fits.
bool user_fits(const std::string& pattern, const login_facts& who);

} // namespace sshoal::conf
