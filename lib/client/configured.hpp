// configured.hpp - client options as the settings of ssh_config say.
#pragma once

#include "sshoal/client_options.hpp"
#include "sshoal/ssh_config.hpp"

namespace sshoal::client {

/// Looks a host up in the configuration of the options.
/// Returns: the name or address to connect to, and options that need no configuration any more. Errors (thrown):
/// errc::bad_configuration. Cancellation: terminal.
awaitable<std::pair<std::string, client_options>> configured(client_options options, std::string host);

} // namespace sshoal::client
