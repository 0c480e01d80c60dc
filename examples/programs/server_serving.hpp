// server_serving.hpp - serves one connection of sshoald, which has accepted the connection or was started with it.
#pragma once

#include "server_config.hpp"

#include <sshoal/key.hpp>
#include <sshoal/server_connection.hpp>

#include <any>
#include <chrono>
#include <optional>

namespace programs {

using shared_config = std::shared_ptr<const server_config>;

/// Returns: the client's address as in OpenSSH's log: "192.0.2.1 port 22", "UNKNOWN port 65535" for pipes.
std::string place_of(const sshoal::endpoint& remote);

/// Returns: the text of a file that is shown before a log-in; empty if it cannot be read, which the log says.
std::string banner_text(const std::string& path);

/// Returns: the settings of the user who has logged in.
const sshoal::sshd_settings& settings_of(const std::any& application_data, const server_config& config) noexcept;

/// Returns: all options but the authenticator.
sshoal::server_options options_from(const shared_config& config, const std::vector<sshoal::private_key>& keys);

/// Serves the sessions of a client that has logged in, until the connection ends. Errors: those of the connection.
sshoal::awaitable<void> serve_connection(sshoal::server_connection c, shared_config config);

/// Call this when the last client has gone and the context is stopped. Programs that are to end with their clients get their
/// time; those that are left when the context goes are killed.
void end_programs(sshoal::asio::io_context& context, std::optional<std::chrono::seconds> patience);

} // namespace programs
