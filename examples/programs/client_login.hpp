// client_login.hpp - how sshoal logs in: keys, agent, passwords, and everything else that connect() wants to know.
#pragma once

#include "client_config.hpp"
#include "client_trust.hpp"

#include <sshoal/client_options.hpp>

namespace programs {

/// The configuration must outlive the connection.
sshoal::awaitable<sshoal::client_options> make_client_options(const client_config& c, std::string host);

} // namespace programs
