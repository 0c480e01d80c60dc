#include "sftp/protocol/glob_pattern.hpp"

namespace sshoal::sftp_protocol {
namespace {

/// Returns: the place behind the closing bracket of the set that begins at `at`; npos if the set is not closed, so that its
/// bracket is an ordinary character.
std::size_t end_of_set(std::string_view pattern, std::size_t at) noexcept
{
    std::size_t i = at + 1;
    if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^'))
        ++i;
    if (i < pattern.size() && pattern[i] == ']')
        ++i;
    while (i < pattern.size() && pattern[i] != ']')
        i += pattern[i] == '\\' ? 2u : 1u;
    return i < pattern.size() ? i + 1 : std::string_view::npos;
}

bool set_has(std::string_view set, char c) noexcept // between the brackets
{
    bool negated = false, found = false;
    if (!set.empty() && (set[0] == '!' || set[0] == '^')) {
        negated = true;
        set.remove_prefix(1);
    }
    const auto take = [&set] {
        if (set.size() > 1 && set[0] == '\\')
            set.remove_prefix(1);
        const char taken = set[0];
        set.remove_prefix(1);
        return static_cast<unsigned char>(taken);
    };
    const auto wanted = static_cast<unsigned char>(c);
    while (!set.empty()) {
        const unsigned char low = take();
        unsigned char high = low;
        if (set.size() > 1 && set[0] == '-') {
            set.remove_prefix(1);
            high = take();
        }
        found = found || (low <= wanted && wanted <= high);
    }
    return found != negated;
}

/// Compares one element of the pattern with one character. Returns: the element's length; 0 if it does not match.
std::size_t matches_one(std::string_view pattern, std::size_t at, char c) noexcept
{
    switch (pattern[at]) {
    case '?': return 1;
    case '[':
        if (const std::size_t end = end_of_set(pattern, at); end != std::string_view::npos)
            return set_has(pattern.substr(at + 1, end - at - 2), c) ? end - at : 0;
        break;
    case '\\':
        if (at + 1 < pattern.size())
            return pattern[at + 1] == c ? 2 : 0;
        break;
    default: break;
    }
    return pattern[at] == c ? 1 : 0;
}

} // namespace

bool has_wildcard(std::string_view pattern) noexcept
{
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (pattern[i] == '*' || pattern[i] == '?'
                 || (pattern[i] == '[' && end_of_set(pattern, i) != std::string_view::npos))
            return true;
    }
    return false;
}

bool glob_matches(std::string_view pattern, std::string_view name) noexcept
{
    if (name.starts_with('.') && !pattern.starts_with('.') && !pattern.starts_with("\\."))
        return false;
    std::size_t p = 0, n = 0, star = std::string_view::npos, resumed = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resumed = n;
            continue;
        }
        const std::size_t length = p < pattern.size() ? matches_one(pattern, p, name[n]) : 0;
        if (length > 0) {
            p += length;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resumed;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

std::string unquoted(std::string_view pattern)
{
    std::string text;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size())
            ++i;
        text += pattern[i];
    }
    return text;
}

std::vector<std::string> parts_of(std::string_view path)
{
    std::vector<std::string> parts;
    if (path.starts_with('/'))
        parts.emplace_back("/");
    while (!path.empty()) {
        const std::size_t end = path.find('/');
        if (end != 0)
            parts.emplace_back(path.substr(0, end));
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    }
    return parts;
}

} // namespace sshoal::sftp_protocol
