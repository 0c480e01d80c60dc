// client_config_files.hpp - finds the lines of ssh_config's files that apply to a host: Host, Match and Include.
#pragma once

#include "client_config.hpp"

namespace programs {

enum class config_origin {
    named, ///< by the command line
    user, ///< ~/.ssh/config, which no other account may be able to change
    system, ///< below /etc/ssh
};

struct config_place {
    std::string path;
    config_origin origin = config_origin::named;
};

/// Applies the lines that are for `host`, and ignores the others. If a "Match final" is among the lines that apply, the files are
/// read a second time, with the name that HostName gave the host. Returns: why the first file cannot be read; no failure if it
/// can. Errors: config_error.
std::error_code read_client_files(client_config& c, const std::vector<config_place>& files, const std::string& host);

/// Returns: the file that -F names ("none": no file), or the user's and the system's files. Errors: config_error.
void read_client_configuration(client_config& c, const std::optional<std::string>& named, const std::string& host);

} // namespace programs
