// client_command_line.hpp - the command line of ssh(1).
#pragma once

#include "client_config.hpp"

namespace programs {

struct client_command_line {
    std::string host;
    std::string command; ///< empty: a shell
    std::string log_file;
    std::optional<std::string> config_file;
    std::optional<std::string> query; ///< -Q
    loudness flags;
    bool describe = false; ///< -G
    bool version = false; ///< -V
    bool to_syslog = false; ///< -y
};

/// Puts the flags into `config`, before any file is read. Errors: usage_error, config_error.
client_command_line parse_client_command_line(std::vector<std::string> words, client_config& config);
std::string client_usage();

} // namespace programs
