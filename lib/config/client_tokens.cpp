#include "config/client_tokens.hpp"

#include "crypto/hash.hpp"

namespace sshoal::conf {
namespace {

std::string text_or(const setting_store& s, std::string_view keyword, std::string otherwise)
{
    std::string text = s.text(keyword);
    return text.empty() ? otherwise : text;
}

/// HostName with its own token expanded, as far as it has been read.
std::string host_name_of(const setting_store& s, const std::string& host)
{
    const auto name = expand_tokens(text_or(s, "HostName", "%h"), "h", [&](char) { return std::optional(host); });
    return name ? *name : host;
}

/// %C: tells connections apart in file names.
std::string connection_hash(const setting_store& s, const config_facts& f, const std::string& host)
{
    const std::string all = f.host_name + host_name_of(s, host) + text_or(s, "Port", "22") + text_or(s, "User", f.local_user)
                            + text_or(s, "ProxyJump", "");
    const bytes sum = crypto::digest(crypto::hash_algorithm::sha1, {std::as_bytes(std::span(all))});
    std::string hex;
    for (const std::byte b : sum) {
        hex += "0123456789abcdef"[std::size_t(b) >> 4];
        hex += "0123456789abcdef"[std::size_t(b) & 15];
    }
    return hex;
}

std::optional<std::string> token(const setting_store& s, const config_facts& f, const std::string& host, char letter)
{
    switch (letter) {
    case 'C': return connection_hash(s, f, host);
    case 'd': return f.home.empty() ? std::nullopt : std::optional(f.home);
    case 'h': return host_name_of(s, host);
    case 'i': return std::to_string(f.user_id);
    case 'j': {
        const std::string jump = s.text("ProxyJump");
        return jump == "none" ? std::string() : jump;
    }
    case 'k': return text_or(s, "HostKeyAlias", host);
    case 'L': return f.host_name.substr(0, f.host_name.find('.'));
    case 'l': return f.host_name;
    case 'n': return host;
    case 'p': return text_or(s, "Port", "22");
    case 'r': return text_or(s, "User", f.local_user);
    case 'T': return "NONE"; // no tunnel device is forwarded
    case 'u': return f.local_user;
    default: return std::nullopt;
    }
}

} // namespace

outcome<std::string> expand_client_text(const setting_store& s, const config_facts& f, const std::string& host,
                                        std::string_view text, std::string_view allowed)
{
    return expand_tokens(text, allowed, [&](char letter) { return token(s, f, host, letter); });
}

outcome<std::string> expand_client_command(const setting_store& s, const config_facts& f, const std::string& host,
                                           std::string_view text, std::string_view allowed)
{
    failure unsafe;
    auto command = expand_tokens(text, allowed, [&](char letter) {
        auto t = token(s, f, host, letter);
        const bool names_host = letter == 'h' || letter == 'n' || letter == 'k';
        if (t && ((names_host && !is_harmless_host(*t)) || (letter == 'r' && !is_harmless_user(*t))))
            unsafe = failure(errc::invalid_argument, std::string("the name of the ") + (names_host ? "host" : "user")
                                                         + " has characters that a shell would act on: " + printable(*t));
        return t;
    });
    if (unsafe)
        return unsafe;
    return command;
}

outcome<std::string> expand_known_hosts_command(const setting_store& s, const config_facts& f, const std::string& host,
                                                std::string_view text)
{
    const auto doubled = [](std::string_view from) {
        std::string to;
        for (const char c : from)
            to += c == '%' ? std::string("%%") : std::string(1, c);
        return to;
    };
    auto command = expand_variables(text, [&](const std::string& name) {
        const auto v = f.variable ? f.variable(name) : std::nullopt;
        return v ? std::optional(doubled(*v)) : v;
    });
    if (!command)
        return command;
    // A "%%" is still one when the other tokens are expanded.
    std::string kept;
    for (std::size_t i = 0; i < command->size(); ++i) {
        const std::string_view two = std::string_view(*command).substr(i, 2);
        const bool stays = two == "%%" || (two.size() == 2 && two[0] == '%' && key_tokens.find(two[1]) != std::string_view::npos);
        kept += !stays ? std::string(1, two[0]) : two == "%%" ? "%%%%" : std::string("%%") + two[1];
        i += stays;
    }
    return expand_tokens(kept, "CdhijkLlnpru", [&](char letter) {
        const auto t = token(s, f, host, letter);
        return t ? std::optional(doubled(*t)) : t;
    });
}

outcome<std::string> expand_client_path(const setting_store& s, const config_facts& f, const std::string& host,
                                        std::string_view text, std::string_view allowed)
{
    auto path = expand_tilde(text, f.home, f.home_of);
    if (path)
        path = expand_client_text(s, f, host, *path, allowed);
    if (path)
        path = expand_variables(*path, [&](const std::string& name) { return f.variable ? f.variable(name) : std::nullopt; });
    return path;
}

} // namespace sshoal::conf
