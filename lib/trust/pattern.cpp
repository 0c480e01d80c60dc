#include "trust/pattern.hpp"

#include "base/wildcard.hpp"

namespace sshoal::trust {

bool matches_pattern(std::string_view pattern, std::string_view text) noexcept
{
    return matches_wildcard(pattern, text, true);
}

list_match match_list(std::string_view list, std::string_view text) noexcept
{
    list_match found = list_match::no;
    for (;;) {
        const auto comma = list.find(',');
        std::string_view pattern = list.substr(0, comma);
        const bool negated = pattern.starts_with('!');
        if (negated)
            pattern.remove_prefix(1);
        if (!pattern.empty() && matches_pattern(pattern, text)) {
            if (negated)
                return list_match::negated;
            found = list_match::yes;
        }
        if (comma == std::string_view::npos)
            return found;
        list.remove_prefix(comma + 1);
    }
}

} // namespace sshoal::trust
