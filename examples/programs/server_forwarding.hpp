// server_forwarding.hpp - the forwarding that sshoald grants to a user.
#pragma once

#include <sshoal/forward_server.hpp>
#include <sshoal/sshd_config.hpp>

#include <string>

namespace programs {

/// Returns: what sshd_config says. Under root, other users than root get no Unix sockets and no ports below 1024, since the process
/// that connects and listens for them has root's rights.
sshoal::forward::serve_options forwarding_of(const sshoal::sshd_settings& settings, const std::string& user);

} // namespace programs
