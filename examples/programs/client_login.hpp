// client_login.hpp - makes the options of connect() from sshoal's configuration: keys, agent, passwords and the rest.
#pragma once

#include "client_config.hpp"
#include "client_trust.hpp"

#include <sshoal/client_options.hpp>

#include <memory>
#include <optional>

namespace programs {

/// The methods that the server would have taken, once it has refused a log-in.
using login_outcome = std::shared_ptr<std::optional<sshoal::login_refusal>>;

/// The configuration must outlive the connection.
sshoal::awaitable<sshoal::client_options> make_client_options(const client_config& c, std::string host, login_outcome refused);

/// Writes OpenSSH's last line after a refused log-in or host key; programs that drive ssh look for it.
void say_last_words(const sshoal::error& e, const client_config& c, const login_outcome& refused);
/// Says why there is no connection, or none any more, with this text at the end.
void say_why(const sshoal::error& e, const client_config& c, const login_outcome& refused);

} // namespace programs
