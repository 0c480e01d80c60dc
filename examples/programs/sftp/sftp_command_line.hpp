// sftp_command_line.hpp - the command line of sftp(1).
#pragma once

#include "remote_options.hpp"
#include "../remote_place.hpp"

#include <string>
#include <vector>

namespace programs {

struct sftp_command_line {
    remote_options remote;
    remote_place place; ///< its path is what is fetched, or where the session begins
    std::optional<std::string> local_path; ///< where that goes
    std::optional<std::string> batch_file; ///< "-": standard input
    bool quiet = false, progress = true;
    bool resume = false, sync = false, preserve = false, recursive = false; ///< for all transfers
};

/// Errors: usage_error.
sftp_command_line parse_sftp_command_line(std::vector<std::string> words);
std::string sftp_usage();

} // namespace programs
