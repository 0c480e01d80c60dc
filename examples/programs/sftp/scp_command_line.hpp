// scp_command_line.hpp - the command line of scp(1).
#pragma once

#include "remote_options.hpp"
#include "../remote_place.hpp"

#include <string>
#include <vector>

namespace programs {

/// A source or target: local, where the host is empty.
struct copy_place {
    std::string path; ///< at the server: "" is where a session begins
    remote_place at;
    bool is_remote() const noexcept { return !at.host.empty(); }
};

struct scp_command_line {
    remote_options remote;
    std::vector<copy_place> sources;
    copy_place target;
    bool old_protocol = false, recursive = false, preserve = false, quiet = false;
    /// This is the end of the old protocol that another scp has started: the command, as it stood on the command line.
    std::string serves;
};

/// Errors: usage_error.
scp_command_line parse_scp_command_line(std::vector<std::string> words);
std::string scp_usage();

} // namespace programs
