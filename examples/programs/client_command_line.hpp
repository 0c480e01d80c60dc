// client_command_line.hpp - the command line of ssh(1).
#pragma once

#include "client_settings.hpp"

namespace programs {

struct client_command_line {
    std::string host;
    std::string command; ///< empty: a shell
    std::string log_file;
    client_wishes wishes;
    std::optional<std::string> query; ///< -Q
    std::optional<std::string> stdio_target; ///< -W
    bool terminal = false; ///< the last flag was -t
    bool describe = false; ///< -G
    bool version = false; ///< -V
    bool to_syslog = false; ///< -y
};

/// Errors: usage_error, config_error.
client_command_line parse_client_command_line(std::vector<std::string> words);
std::string client_usage();

} // namespace programs
