// pattern.hpp - names with wildcards, as a shell expands them: * ? [a-z] [!a-z], and a backslash that makes the next character
// an ordinary one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::scp_protocol {

/// Returns: whether a pattern can match more than one name.
bool has_wildcards(std::string_view pattern) noexcept;

/// Returns: the name that a pattern without wildcards matches.
std::string literal(std::string_view pattern);

/// Returns: the pattern that matches only this text.
std::string escaped(std::string_view text);

/// Returns: whether the pattern matches the name. A dot at the head of the name must be in the pattern too. Time: the product of
/// the lengths.
bool matches(std::string_view pattern, std::string_view name) noexcept;

/// The most patterns that {a,b} may make. Further groups are left as they are, like braces without a partner or a comma.
constexpr std::size_t most_expanded = 1000;
/// Returns: the words that a shell makes of a word with {a,b}; the word itself if there are no braces.
std::vector<std::string> braces_expanded(std::string_view pattern);

/// The parts of a path between slashes, and whether the path begins with a slash.
class pattern_path {
public:
    explicit pattern_path(std::string_view path);
    bool absolute = false;
    std::vector<std::string> parts; ///< none is empty
};

} // namespace sshoal::scp_protocol
