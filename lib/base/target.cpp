#include "sshoal/target.hpp"

#include <algorithm>
#include <charconv>

namespace sshoal {
namespace {

constexpr std::string_view scheme = "ssh://";

failure wrong(std::string_view text, const std::string& why)
{
    return {errc::invalid_argument, "\"" + printable(text) + "\": " + why};
}

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = char(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Takes "%40" for "@" (RFC 3986 §2.1). Returns: false if a percent sign has no two hexadecimal digits behind it.
bool decode_percent(std::string& text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
            return false;
        plain += char(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    text = std::move(plain);
    return true;
}

/// Returns: 0 for text that is no port.
std::uint16_t port_in(std::string_view text) noexcept
{
    std::uint16_t port = 0;
    const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), port);
    return why == std::errc() && end == text.data() + text.size() ? port : std::uint16_t(0);
}

bool has_odd_character(std::string_view host) noexcept
{
    static constexpr std::string_view odd = "/\\'\"@,;[]()<>\x7f";
    return std::any_of(host.begin(), host.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || odd.find(c) != std::string_view::npos;
    });
}

} // namespace

std::string login_target::to_string() const
{
    const bool brackets = host.find(':') != std::string::npos;
    return (user.empty() ? "" : user + "@") + (brackets ? "[" + host + "]" : host)
           + (port == 0 ? "" : ":" + std::to_string(port));
}

outcome<login_target> parse_target(std::string_view text)
{
    const std::string_view all = text;
    const bool is_url = text.starts_with(scheme);
    if (is_url) {
        text.remove_prefix(scheme.size());
        const auto slash = text.find('/');
        if (slash != std::string_view::npos && slash + 1 < text.size())
            return wrong(all, "an ssh:// URL has no path; write ssh://" + printable(text.substr(0, slash)));
        text = text.substr(0, slash);
    } else if (const auto at = text.find("://"); at != std::string_view::npos) {
        return wrong(all, "sshoal connects to ssh:// only; write ssh://" + printable(text.substr(at + 3)));
    }
    login_target t;
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        t.user = text.substr(0, at);
        text.remove_prefix(at + 1);
        if (t.user.empty())
            return wrong(all, "there is no user before the \"@\"; write user@host, or the host alone");
        if (is_url && !decode_percent(t.user))
            return wrong(all, "a \"%\" in the user's name of an ssh:// URL is written %25");
        if (is_url && t.user.find(':') != std::string::npos)
            return wrong(printable(text), "a password does not belong into a URL; give it with client_options::password()");
        if (t.user.find('\0') != std::string::npos)
            return wrong(all, "a NUL in the user's name");
    }
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos)
            return wrong(all, "\"[\" has no \"]\"; write [2001:db8::1] or [2001:db8::1]:port");
        t.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        has_port = !port.empty();
        if (has_port && !port.starts_with(':'))
            return wrong(all, "behind \"]\" comes a \":\" and the port, or nothing");
        if (has_port)
            port.remove_prefix(1);
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
        t.host = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    } else {
        t.host = text; // more than one colon: an IPv6 address
    }
    if (t.host.empty())
        return wrong(all, "there is no host; write user@host or user@host:port");
    if (t.host.starts_with('-') || has_odd_character(t.host))
        return wrong(all, "\"" + printable(t.host) + "\" is no name of a host");
    if (has_port && (t.port = port_in(port)) == 0) {
        if (port.empty())
            return wrong(all, "there is no port behind the \":\"; write the host alone, or host:port");
        const bool is_number = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (is_number)
            return wrong(all, "a port is a number from 1 to 65535");
        return wrong(all, "\"" + printable(port) + "\" is no port; the form host:path is scp's, and a target has no path");
    }
    return t;
}

} // namespace sshoal
