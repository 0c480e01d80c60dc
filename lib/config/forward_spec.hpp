// forward_spec.hpp - the arguments of LocalForward, RemoteForward and DynamicForward.
#pragma once

#include "config/keyword.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sshoal::conf {

enum class forward_kind : unsigned char { local, remote, dynamic };
/// The kind of a keyword whose form is form::forwarding.
forward_kind forward_kind_of(const keyword& k) noexcept;

/// One end: a port with or without a host, or the path of a Unix socket.
struct forward_end {
    std::optional<std::string> host; ///< nothing: the text has none
    std::uint16_t port = 0;
    std::string path; ///< empty: `port`
};
struct forward_spec {
    forward_end listen;
    std::optional<forward_end> target; ///< nothing: SOCKS
};

/// Reads "[host:]port:host:port", with paths in place of either end; dynamic and remote forwardings may lack a target. Brackets
/// keep colons together, and a backslash takes the character behind it as it is.
/// Errors: errc::invalid_argument.
outcome<forward_spec> parse_forward(std::string_view text, forward_kind kind);
/// Returns: the two ends as "ssh -G" shows them; a path with a colon, a blank or a backslash is in brackets.
std::string shown_forward(const forward_spec& f, forward_kind kind);
/// Reads what shown_forward() has written. Errors: as parse_forward().
outcome<forward_spec> parse_shown_forward(std::string_view text, forward_kind kind);

} // namespace sshoal::conf
