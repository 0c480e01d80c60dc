// client_forwards.hpp - the forwardings of ssh(1): -L, -R, -D, -A, -X and their keywords, and -W.
#pragma once

#include "client_settings.hpp"

#include <sshoal/connection.hpp>
#include <sshoal/forward.hpp>

#include <vector>

namespace programs {

using client_forwards = std::vector<sshoal::forward::forwarding>;

/// Starts all forwardings of the settings. A forwarding that fails is a line in the log, and with ExitOnForwardFailure an error.
/// Errors (thrown): config_error, after that line.
sshoal::awaitable<client_forwards> begin_forwards(const client_settings& c, sshoal::connection connection);

/// Carries standard input and output to the target of -W. Returns: the exit status for this process.
sshoal::awaitable<int> carry_standard_io(sshoal::connection connection, sshoal::endpoint target);

/// Reads the argument of -W, "host:port" or a path. Errors: config_error.
sshoal::endpoint parse_stdio_forward(const std::string& text);

} // namespace programs
