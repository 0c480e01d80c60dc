// wildcard.hpp - matches text against a pattern with '*' and '?', as OpenSSH's files use for names and hosts.
#pragma once

#include <cstddef>
#include <string_view>

namespace sshoal {

constexpr char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

/// Takes at most pattern.size() * text.size() steps: only the latest '*' is extended, since extending an earlier '*' cannot turn
/// a mismatch into a match.
constexpr bool matches_wildcard(std::string_view pattern, std::string_view text, bool fold_case = false) noexcept
{
    std::size_t p = 0, t = 0;
    std::size_t star = std::string_view::npos, star_text = 0;
    const auto same = [&](char a, char b) { return fold_case ? ascii_lower(a) == ascii_lower(b) : a == b; };
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || same(pattern[p], text[t]))) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

} // namespace sshoal
