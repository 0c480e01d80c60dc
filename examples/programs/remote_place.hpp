// remote_place.hpp - what sftp(1) and scp(1) are told about places: "[user@]host:path", "scp://[user@]host[:port][/path]".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace programs {

struct remote_place {
    std::optional<std::string> user;
    std::string host;
    std::optional<std::uint16_t> port;
    std::optional<std::string> path;
    bool operator==(const remote_place&) const = default;
};

/// Reads a URI; `scheme` is "sftp" or "scp". Returns: nothing if the text is no URI. Errors: usage_error.
std::optional<remote_place> parse_place_uri(std::string_view scheme, std::string_view text);
/// Reads "[user@]host:path"; an IPv6 address stands in brackets. Returns: nothing for the name of a local file. Errors:
/// usage_error.
std::optional<remote_place> parse_place_path(std::string_view text);
/// Reads "[user@]host", with or without brackets.
remote_place parse_place_host(std::string_view text);

} // namespace programs
