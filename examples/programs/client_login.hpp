// client_login.hpp - connects and logs in as the settings say, and asks the user where that is needed.
#pragma once

#include "client_settings.hpp"
#include "client_trust.hpp"

#include <sshoal/client_options.hpp>
#include <sshoal/connection.hpp>

#include <memory>
#include <optional>

namespace programs {

/// The methods that the server would have taken, once it has refused a log-in.
using login_outcome = std::shared_ptr<std::optional<sshoal::login_refusal>>;

/// Connects to the last host of the way, through the others, and logs in everywhere. The way must outlive the connection.
/// Errors (thrown): those of sshoal::connect().
sshoal::awaitable<sshoal::connection> log_in_along(const client_way& way, login_outcome refused);

/// Writes OpenSSH's last line after a refused log-in or host key; programs that drive ssh look for it.
void say_last_words(const sshoal::error& e, const client_settings& c, const login_outcome& refused);
/// Says why there is no connection, or none any more, with this text at the end.
void say_why(const sshoal::error& e, const client_settings& c, const login_outcome& refused);

} // namespace programs
