// server_forwarding.hpp - the forwarding that sshoald grants to a user.
#pragma once

#include "server_config.hpp"

#include <sshoal/forward_server.hpp>

#include <string>

namespace programs {

/// Returns: what sshd_config says. Under root, other users than root get no Unix sockets and no ports below 1024, since the process
/// that connects and listens for them has root's rights. The socket of the agent belongs to the user, whose account is looked up.
sshoal::awaitable<sshoal::forward::serve_options> forwarding_of(shared_settings settings, std::string user);

} // namespace programs
