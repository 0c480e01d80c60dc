// client_settings.hpp - the settings of sshoal's programs: their command lines, and ssh_config as the library reads it.
#pragma once

#include "config_error.hpp"
#include "program_log.hpp"

#include <sshoal/ssh_config.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace programs {

using client_settings = sshoal::ssh_settings;
/// The hosts on the way to a server, and the server at the end.
using client_way = std::vector<client_settings>;

/// Holds the lines of the command line, which count before every file.
class client_wishes {
public:
    /// `name` is how messages call the line: a flag, or "command line". Errors: config_error.
    void set(const std::string& line, const std::string& name = "command line");
    /// Does what set() does, with the value in quotes.
    void set(const std::string& keyword, const std::string& value, const std::string& name);
    /// Sets a keyword in place of what flags said before.
    void set_last(const std::string& keyword, const std::string& value, const std::string& name);
    /// Returns: the first value of a keyword.
    std::optional<std::string> first(const std::string& keyword) const;

    std::optional<std::string> file; ///< -F
    unsigned loud = 0, quiet = 0;    ///< the number of flags -v and -q
    std::string remote_command;      ///< for Match command

    /// Returns: the configuration of these lines alone.
    sshoal::ssh_config lines() const;

private:
    struct wish {
        std::string keyword, line, name;
        bool last_counts = false;
    };
    std::vector<wish> wishes_;
};

/// Finds the settings of a host and of the hosts of its ProxyJump, each of which is looked up for itself, and sets the level of
/// the log. Warnings go to the log. Errors: config_error.
client_way load_client_way(const client_wishes& w, const std::string& host);
/// Returns: the output of -G. Errors: config_error.
std::string describe_client_settings(const client_wishes& w, const std::string& host);

/// The account that runs this program.
std::string local_user();

} // namespace programs
