// remote_options.hpp - what sftp(1)'s and scp(1)'s command lines say about the way to the server.
#pragma once

#include "../remote_place.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace programs {

/// A line of ssh_config, and how messages call it.
struct remote_setting {
    std::string line, name;
};

struct remote_options {
    std::vector<remote_setting> settings; ///< the first of a kind counts
    std::vector<std::string> identities;
    std::vector<std::string> ssh_words; ///< the same for the program of -S
    std::optional<std::string> config_file;
    std::optional<std::string> program; ///< -S: makes the connection
    std::optional<std::string> server; ///< -D: runs here, without a connection
    std::string subsystem = "sftp"; ///< with a slash: a command
    unsigned loud = 0;
    bool quiet = false;
    std::size_t buffer = 0, requests = 0; ///< of transfers; 0: as the library likes it
    std::uint64_t rate = 0; ///< bytes per second; 0: no limit
};

/// A flag that sftp(1) and scp(1) share. Returns: whether it was one. Errors: usage_error.
bool take_remote_flag(remote_options& o, char flag, const std::string& value);

/// A number of this range, or usage_error in the words that belong to it.
std::uint64_t number_or_usage(const std::string& text, std::uint64_t least, std::uint64_t most, const std::string& what);

/// The user waits at no prompt.
void set_batch_mode(remote_options& o);

} // namespace programs
