#include "config/keyword.hpp"

#include "base/wildcard.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace sshoal::conf {
namespace {

bool same_name(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size()
           && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

std::int64_t unit_of(char c) noexcept
{
    switch (ascii_lower(c)) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86'400;
    case 'w': return 604'800;
    default: return 0;
    }
}

} // namespace

std::optional<std::size_t> keyword_table::find(std::string_view name) const noexcept
{
    for (const keyword_alias& a : aliases_)
        if (same_name(a.other, name)) {
            name = a.name;
            break;
        }
    for (std::size_t i = 0; i < rows_.size(); ++i)
        if (same_name(rows_[i].name, name))
            return i;
    return std::nullopt;
}

value standard_value(const keyword& k)
{
    value v;
    std::string_view left = k.standard;
    if (k.what == form::command || k.what == form::service) {
        if (!left.empty())
            v.emplace_back(left);
        return v;
    }
    while (!left.empty()) {
        const std::string_view word = left.substr(0, left.find(' '));
        left.remove_prefix(std::min(left.size(), word.size() + 1));
        v.emplace_back(word);
    }
    return v;
}

bool asks_for_nothing(const keyword& k, const value& v) noexcept
{
    std::string_view left = k.nothing;
    if (left == "*")
        return true;
    while (!left.empty()) {
        const std::string_view one = left.substr(0, left.find(','));
        left.remove_prefix(std::min(left.size(), one.size() + 1));
        if (v.size() == 1 && same_name(v.front(), one))
            return true;
    }
    return false;
}

std::optional<std::int64_t> number_of(std::string_view text, std::int64_t least, std::int64_t most) noexcept
{
    std::int64_t n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc() || end != text.data() + text.size() || n < least || n > most)
        return std::nullopt;
    return n;
}

std::optional<std::int64_t> time_of(std::string_view text) noexcept
{
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (text.empty())
        return std::nullopt;
    std::int64_t total = 0;
    while (!text.empty()) {
        const std::size_t digits = std::min(text.size(), text.find_first_not_of("0123456789"));
        const auto n = number_of(text.substr(0, digits), 0, most);
        const std::int64_t unit = digits < text.size() ? unit_of(text[digits]) : 1;
        if (!n || unit == 0)
            return std::nullopt;
        text.remove_prefix(std::min(text.size(), digits + 1));
        total += *n * unit;
        if (total > most)
            return std::nullopt;
    }
    return total;
}

std::optional<std::uint64_t> bytes_of(std::string_view text) noexcept
{
    unsigned shift = 0;
    if (!text.empty()) {
        switch (ascii_lower(text.back())) {
        case 'k': shift = 10; break;
        case 'm': shift = 20; break;
        case 'g': shift = 30; break;
        default: break;
        }
    }
    if (shift != 0)
        text.remove_suffix(1);
    const auto n = number_of(text, 0, std::numeric_limits<std::int64_t>::max() >> shift);
    if (!n)
        return std::nullopt;
    return std::uint64_t(*n) << shift;
}

} // namespace sshoal::conf
