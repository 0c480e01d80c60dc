// pattern.hpp - names with wildcards, as a shell expands them: * ? [a-z] [!a-z], and a backslash that makes the next character
// an ordinary one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::scp_protocol {

/// Whether a pattern stands for more than one name.
bool has_wildcards(std::string_view pattern) noexcept;

/// The name that a pattern without wildcards stands for.
std::string literal(std::string_view pattern);

/// The pattern that stands for this very text.
std::string escaped(std::string_view text);

/// Whether one pattern stands for the name. A dot at its head has to be in the pattern too. Time: the product of the lengths.
bool matches(std::string_view pattern, std::string_view name) noexcept;

/// The most patterns that {a,b} may make; more are left as they are, like braces without a partner or a comma.
constexpr std::size_t most_expanded = 1000;
/// Returns the words that a shell makes of one with {a,b}: one where there are no braces.
std::vector<std::string> braces_expanded(std::string_view pattern);

/// The parts of a path between slashes; a leading slash is told apart.
class pattern_path {
public:
    explicit pattern_path(std::string_view path);
    bool absolute = false;
    std::vector<std::string> parts; ///< none is empty
};

} // namespace sshoal::scp_protocol
