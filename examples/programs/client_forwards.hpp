// client_forwards.hpp - the forwardings of ssh(1): -L, -R, -D, -A, -X and their keywords, and -W.
#pragma once

#include "client_settings.hpp"

#include <sshoal/connection.hpp>
#include <sshoal/forward.hpp>

#include <memory>
#include <string>
#include <vector>

namespace programs {

/// The forwardings of a connection.
struct client_forwards {
    struct port {
        sshoal::ssh_forward what;
        bool local = true; ///< -L, or -D
        sshoal::forward::forwarding runs;
        bool cancelled = false; ///< connections that were open go on
    };
    std::vector<port> ports;
    std::vector<sshoal::forward::forwarding> lent; ///< the agent, and the display
};

/// Starts all forwardings of the settings. A forwarding that fails is a line in the log, and with ExitOnForwardFailure an error.
/// Errors (thrown): config_error, after that line.
sshoal::awaitable<std::shared_ptr<client_forwards>> begin_forwards(const client_settings& c, sshoal::connection connection);

/// Starts one more forwarding. A failure is a line in the log. Returns: whether it runs. Errors (thrown): the end of the connection.
sshoal::awaitable<bool> begin_forward(const client_settings& c, sshoal::connection connection, sshoal::ssh_forward what, bool local,
                                      std::shared_ptr<client_forwards> all);

/// Returns: "-L localhost:8080 to db:5432".
std::string describe(const client_forwards::port& p);

/// Carries standard input and output to the target of -W. Returns: the exit status for this process.
sshoal::awaitable<int> carry_standard_io(sshoal::connection connection, sshoal::endpoint target);

/// Reads the argument of -W, "host:port" or a path. Errors: config_error.
sshoal::endpoint parse_stdio_forward(const std::string& text);

} // namespace programs
