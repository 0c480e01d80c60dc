// display_text.hpp - makes banners, instructions and prompts of a server safe to show on a terminal (RFC 4252 §5.4, RFC 4256
// §3.3).
#pragma once

#include <string>
#include <string_view>

namespace sshoal::auth {

inline constexpr std::size_t longest_banner = 256 * 1024;
inline constexpr std::size_t longest_prompt = 8 * 1024;

/// Works like printable(), but keeps newlines and tabs, turns CR LF into LF, and does not double backslashes: this text is for
/// people, and "DOMAIN\user" is common in prompts. The text is cut at about `limit` bytes.
std::string display_text(std::string_view text, std::size_t limit);

} // namespace sshoal::auth
