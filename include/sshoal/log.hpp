// log.hpp - the text log of a connection. Secrets are never logged: packets are traced by name and size.
#pragma once

#include <sshoal/api.hpp>

#include <functional>
#include <string_view>

namespace sshoal SSHOAL_API {

enum class log_level { error, warning, info, debug, trace };

std::string_view name_of(log_level) noexcept;

/// Receives one line without a line break; text that came from the peer is escaped. A line about a connection begins with the
/// connection's name: "[127.0.0.1 port 39004] " before log-in, "[alice@127.0.0.1 port 39004] " from then on. The function is
/// called on the connection's strand; it must not throw and must not call back into the connection.
using log_function = std::function<void(log_level, std::string_view line)>;

} // namespace sshoal
