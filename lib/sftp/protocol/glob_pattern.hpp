// glob_pattern.hpp - patterns with * ? [a-z] [!a] and backslashes, for one part of a path, as glob(7) has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshoal::sftp_protocol {

bool has_wildcard(std::string_view pattern) noexcept;
/// A name that begins with a dot needs a pattern that does. Time: linear in name times pattern.
bool glob_matches(std::string_view pattern, std::string_view name) noexcept;
/// Without the backslashes that quote.
std::string unquoted(std::string_view pattern);

/// "/a/b*/c" as its parts; the first is "/" where the path is absolute.
std::vector<std::string> parts_of(std::string_view path);

} // namespace sshoal::sftp_protocol
