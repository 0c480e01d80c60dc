#include "config/tokens.hpp"

namespace sshoal::conf {
namespace {

failure unusable(std::string_view text, const std::string& why)
{
    return failure(errc::invalid_argument, "cannot expand " + printable(text, 1024) + ": " + why);
}

std::string told_tokens(std::string_view allowed)
{
    std::string text = "%%";
    for (const char c : allowed)
        text += std::string(" %") + c;
    return text;
}

/// A home folder alone ends with '/', as ssh -G shows it.
std::string joined(const std::string& home, std::string_view rest)
{
    return home + (rest.empty() && !home.ends_with('/') ? "/" : std::string(rest));
}

} // namespace

outcome<std::string> expand_tokens(std::string_view text, std::string_view allowed, const token_source& source)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (++i == text.size())
            return unusable(text, "% at the end; %% stands for %");
        if (text[i] == '%') {
            out += '%';
            continue;
        }
        const auto v = allowed.find(text[i]) == std::string_view::npos ? std::nullopt : source(text[i]);
        if (!v)
            return unusable(text, "only these tokens are known here: " + told_tokens(allowed));
        out += *v;
    }
    return out;
}

outcome<std::string> expand_variables(std::string_view text, const variable_source& source)
{
    std::string out;
    for (std::string_view left = text; !left.empty();) {
        const auto at = left.find("${");
        out += left.substr(0, at);
        if (at == std::string_view::npos)
            break;
        const auto end = left.find('}', at);
        if (end == std::string_view::npos)
            return unusable(text, "} is missing");
        const std::string name(left.substr(at + 2, end - at - 2));
        const auto v = source(name);
        if (!v)
            return unusable(text, "the environment variable " + printable(name) + " is not set");
        out += *v;
        left.remove_prefix(end + 1);
    }
    return out;
}

outcome<std::string> expand_tilde(std::string_view path, const std::string& home, const home_source& home_of)
{
    if (!path.starts_with('~'))
        return std::string(path);
    const std::string user(path.substr(1, path.find('/') - (path.find('/') == std::string_view::npos ? 0 : 1)));
    if (!user.empty()) {
        const std::optional<std::string> its = home_of ? home_of(user) : std::nullopt;
        if (!its)
            return unusable(path, "there is no user " + printable(user));
        return joined(*its, path.substr(user.size() + 1));
    }
    if (home.empty())
        return unusable(path, "there is no home folder");
    return joined(home, path.substr(1));
}

} // namespace sshoal::conf
