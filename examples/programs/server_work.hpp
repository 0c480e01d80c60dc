// server_work.hpp - the work of sshoald: it listens, or serves the connection that it was started with, until a signal ends it.
#pragma once

#include "server_config.hpp"

#include <sshoal/key.hpp>

#include <functional>
#include <memory>

namespace programs {

/// The way in which the program was called.
struct server_call {
    std::function<std::shared_ptr<const server_config>()> reload; ///< reads the configuration anew; throws config_error
    std::function<void()> ready;                                  ///< called when all sockets listen
    bool only_one = false;                                        ///< ends after one connection
};

/// Serves on the configured addresses: server_daemon.cpp. Returns: the exit status.
int serve_addresses(std::shared_ptr<const server_config> config, const server_call& call);

/// Serves the connection on descriptors 0 and 1. Returns: the exit status.
int serve_standard_io(std::shared_ptr<const server_config> config);

/// Returns: the host keys that can be used; warnings about others go to the log. Errors: config_error, if there are none.
std::vector<sshoal::private_key> load_host_keys(const server_config& config);

} // namespace programs
