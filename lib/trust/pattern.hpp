// pattern.hpp - host patterns of OpenSSH's files: '*', '?', lists with commas and '!' (ssh_config(5), PATTERNS).
#pragma once

#include <string_view>

namespace sshoal::trust {

/// Matches one pattern with '*' and '?', without regard to case. The time is bounded by the product of the two lengths.
bool matches_pattern(std::string_view pattern, std::string_view text) noexcept;

enum class list_match {
    no,      ///< no pattern fits
    yes,     ///< a pattern fits, and none with '!'
    negated, ///< a pattern with '!' fits, and others may fit too
};

/// Matches a list with commas between its patterns.
list_match match_list(std::string_view list, std::string_view text) noexcept;

} // namespace sshoal::trust
