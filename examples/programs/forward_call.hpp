// forward_call.hpp - the command line of sshoal-forward.
#pragma once

#include <sshoal/endpoint.hpp>
#include <sshoal/ssh_config.hpp>
#include <sshoal/target.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace programs {

struct forward_call {
    /// A host of the command line, and the lines of ssh_config that stand before it: "LocalForward 8080:db:5432".
    struct host {
        sshoal::login_target to;
        std::vector<std::string> lines;
    };
    std::vector<host> hosts;
    std::string tunnels_file;                ///< -f; empty: none
    std::optional<std::string> user_config;  ///< -F; nothing: the usual files
    std::optional<sshoal::endpoint> reports; ///< -m
    std::chrono::seconds patience{30}, most_delay{60}; ///< -w, -r
    bool verbose = false;                    ///< -v
    bool only_check = false;                 ///< -t
};

/// Errors (thrown): usage_error, config_error.
forward_call parse_forward_call(std::vector<std::string> words);

/// A tunnel, as the files and the command line want it now.
struct wanted_tunnel {
    sshoal::login_target to;
    sshoal::ssh_config config;
    std::string name() const { return to.to_string(); }
};
/// Reads the files. Errors (thrown): config_error, sshoal::error.
std::vector<wanted_tunnel> read_wanted(const forward_call& call);

} // namespace programs
