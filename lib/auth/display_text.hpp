// display_text.hpp - banners, instructions and prompts of a server, made fit for a terminal (RFC 4252 §5.4, RFC 4256 §3.3).
#pragma once

#include <string>
#include <string_view>

namespace sshoal::auth {

inline constexpr std::size_t longest_banner = 256 * 1024;
inline constexpr std::size_t longest_prompt = 8 * 1024;

/// Like printable(), but newlines and tabs stay, CR LF becomes LF, and backslashes are not doubled: this text is for people, and
/// "DOMAIN\user" is common in prompts. Anything past about `limit` bytes is cut.
std::string display_text(std::string_view text, std::size_t limit);

} // namespace sshoal::auth
