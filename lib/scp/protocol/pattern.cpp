#include "scp/protocol/pattern.hpp"

#include <algorithm>

namespace sshoal::scp_protocol {
namespace {

constexpr auto none = std::string_view::npos;

/// Returns: the place behind the `]` of the set that begins at `[`; none if it is not closed, so that the bracket is an ordinary
/// character.
std::size_t end_of_set(std::string_view p, std::size_t at) noexcept
{
    std::size_t i = at + 1;
    if (i < p.size() && (p[i] == '!' || p[i] == '^'))
        ++i;
    for (bool first = true; i < p.size(); ++i, first = false) {
        if (p[i] == ']' && !first)
            return i + 1;
        if (p[i] == '/')
            return none;
        if (p[i] == '\\')
            ++i;
    }
    return none;
}

unsigned char member(std::string_view set, std::size_t& i) noexcept
{
    if (set[i] == '\\' && i + 1 < set.size())
        ++i;
    return static_cast<unsigned char>(set[i++]);
}

/// `set`: the text between the brackets.
bool in_set(std::string_view set, char c) noexcept
{
    const bool inverted = !set.empty() && (set.front() == '!' || set.front() == '^');
    if (inverted)
        set.remove_prefix(1);
    const auto wanted = static_cast<unsigned char>(c);
    bool found = false;
    for (std::size_t i = 0; i < set.size();) {
        const unsigned char low = member(set, i);
        unsigned char high = low;
        if (i + 1 < set.size() && set[i] == '-') {
            ++i;
            high = member(set, i);
        }
        found = found || (low <= wanted && wanted <= high);
    }
    return found != inverted;
}

/// Returns: whether the element at `p[at]`, which is not a star, matches `c`. Moves `at` behind the element.
bool one_matches(std::string_view p, std::size_t& at, char c) noexcept
{
    const char element = p[at];
    if (element == '?') {
        ++at;
        return true;
    }
    if (element == '[')
        if (const std::size_t end = end_of_set(p, at); end != none) {
            const bool yes = in_set(p.substr(at + 1, end - at - 2), c);
            at = end;
            return yes;
        }
    if (element == '\\' && at + 1 < p.size())
        ++at;
    return p[at++] == c;
}

} // namespace

bool has_wildcards(std::string_view p) noexcept
{
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (p[i] == '\\')
            ++i;
        else if (p[i] == '*' || p[i] == '?' || (p[i] == '[' && end_of_set(p, i) != none))
            return true;
    }
    return false;
}

std::string literal(std::string_view p)
{
    std::string text;
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (p[i] == '\\' && i + 1 < p.size())
            ++i;
        text += p[i];
    }
    return text;
}

std::string escaped(std::string_view text)
{
    std::string p;
    for (const char c : text) {
        if (std::string_view("*?[]\\").find(c) != none)
            p += '\\';
        p += c;
    }
    return p;
}

bool matches(std::string_view p, std::string_view name) noexcept
{
    if (!name.empty() && name.front() == '.' && !p.starts_with('.') && !p.starts_with("\\."))
        return false;
    std::size_t at = 0, n = 0;
    std::size_t star = none, retry = 0; // the last star, and the place in the name where the rest behind it was tried
    while (n < name.size()) {
        if (at < p.size() && p[at] == '*') {
            star = at++;
            retry = n;
            continue;
        }
        if (at < p.size() && one_matches(p, at, name[n])) {
            ++n;
            continue;
        }
        if (star == none)
            return false;
        at = star + 1;
        n = ++retry;
    }
    while (at < p.size() && p[at] == '*')
        ++at;
    return at == p.size();
}

namespace {

/// The first group {a,b} of a pattern: the places of its braces and commas.
class brace_group {
public:
    explicit brace_group(std::string_view p)
    {
        for (open = 0; open < p.size(); ++open) {
            if (p[open] == '\\')
                ++open;
            else if (p[open] == '{' && read(p))
                return;
        }
        cuts.clear();
    }
    std::size_t open = 0;
    std::vector<std::size_t> cuts; ///< commas, and the closing brace; none: there is no group

private:
    bool read(std::string_view p)
    {
        cuts.clear();
        unsigned depth = 1;
        for (std::size_t i = open + 1; i < p.size(); ++i) {
            if (p[i] == '\\')
                ++i;
            else if (p[i] == '{')
                ++depth;
            else if (p[i] == ',' && depth == 1)
                cuts.push_back(i);
            else if (p[i] == '}' && --depth == 0) {
                cuts.push_back(i);
                return cuts.size() > 1;
            }
        }
        return false;
    }
};

} // namespace

std::vector<std::string> braces_expanded(std::string_view pattern)
{
    std::vector<std::string> done, open{std::string(pattern)};
    while (!open.empty()) {
        const std::string p = std::move(open.back());
        open.pop_back();
        const brace_group group(p);
        if (group.cuts.empty()) {
            done.push_back(p);
            continue;
        }
        if (done.size() + open.size() + group.cuts.size() > most_expanded)
            return {std::string(pattern)};
        const std::string head = p.substr(0, group.open), tail = p.substr(group.cuts.back() + 1);
        for (std::size_t i = group.cuts.size(); i-- > 0;) { // so that the first alternative ends up on top
            const std::size_t from = i == 0 ? group.open + 1 : group.cuts[i - 1] + 1;
            open.push_back(head + p.substr(from, group.cuts[i] - from) + tail);
        }
    }
    return done;
}

pattern_path::pattern_path(std::string_view path) : absolute(path.starts_with('/'))
{
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0)
            parts.emplace_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
}

} // namespace sshoal::scp_protocol
