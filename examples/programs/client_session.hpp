// client_session.hpp - runs the program at the server on this process's standard streams and terminal.
#pragma once

#include "client_forwards.hpp"
#include "client_settings.hpp"

#include <sshoal/connection.hpp>

namespace programs {

/// `forwards`: what "~#" lists and "~C" changes. Returns: the exit status for this process: the program's, or 255.
sshoal::awaitable<int> run_client_session(const client_settings& c, sshoal::connection connection, std::string command,
                                          std::shared_ptr<client_forwards> forwards);

} // namespace programs
