// glob_pattern.hpp - patterns with * ? [a-z] [!a] and backslashes, for one part of a path, as glob(7) has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshoal::sftp_protocol {

bool has_wildcard(std::string_view pattern) noexcept;
/// A name that begins with a dot matches only patterns that begin with a dot. Time: at most the product of the lengths.
bool glob_matches(std::string_view pattern, std::string_view name) noexcept;
/// Returns: the pattern without the backslashes that quote.
std::string unquoted(std::string_view pattern);

/// Returns: the parts of a path such as "/a/b*/c"; the first part is "/" if the path is absolute.
std::vector<std::string> parts_of(std::string_view path);

} // namespace sshoal::sftp_protocol
