// client_config_files.hpp - which lines of ssh_config's files are for a host: Host, Match and Include.
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

/// Takes in the lines that are for `host`; the others are not judged. Where a "Match final" stands among those that are, the
/// files are read a second time, with the name that HostName gave the host. Returns: why the first file cannot be read, where
/// that is so. Errors: config_error.
std::error_code read_client_files(client_config& c, const std::vector<config_place>& files, const std::string& host);

/// The file that -F names ("none": no file), or the user's and the system's. Errors: config_error.
void read_client_configuration(client_config& c, const std::optional<std::string>& named, const std::string& host);

} // namespace programs
