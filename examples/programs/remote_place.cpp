#include "remote_place.hpp"

#include "option_scanner.hpp"
#include "text_tools.hpp"

namespace programs {
namespace {

std::string without_brackets(std::string_view host)
{
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    return std::string(host);
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text, std::string_view whole)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0 || high * 16 + low == 0)
            throw usage_error(std::string(whole) + ": invalid uri");
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

/// Returns: the place of the colon between host and path.
std::size_t separator(std::string_view text)
{
    if (text.empty() || text.front() == ':')
        return std::string_view::npos;
    bool bracket = text.front() == '[';
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '@' && i + 1 < text.size() && text[i + 1] == '[')
            bracket = true;
        if (text[i] == ']' && i + 1 < text.size() && text[i + 1] == ':' && bracket)
            return i + 1;
        if (text[i] == ':' && !bracket)
            return i;
        if (text[i] == '/')
            break;
    }
    return std::string_view::npos;
}

} // namespace

remote_place parse_place_host(std::string_view text)
{
    remote_place p;
    const auto at = text.rfind('@');
    if (at != std::string_view::npos) {
        p.user = text.substr(0, at);
        text = text.substr(at + 1);
    }
    p.host = without_brackets(text);
    if (p.host.empty() || (p.user && p.user->empty()))
        throw usage_error("a host or user name is missing");
    return p;
}

std::optional<remote_place> parse_place_uri(std::string_view scheme, std::string_view text)
{
    const std::string head = std::string(scheme) + "://";
    if (lower(text.substr(0, head.size())) != head)
        return std::nullopt;
    const std::string_view whole = text;
    text = text.substr(head.size());
    const auto slash = text.find('/');
    std::string_view authority = text.substr(0, slash);
    std::optional<std::uint16_t> port;
    const auto colon = authority.rfind(':');
    if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos
        && authority.find('@', colon) == std::string_view::npos) {
        const auto n = number(authority.substr(colon + 1), 1, 65'535);
        if (!n)
            throw usage_error(std::string(whole) + ": invalid uri");
        port = static_cast<std::uint16_t>(*n);
        authority = authority.substr(0, colon);
    }
    // ";parameters" behind the user are ignored (draft-ietf-secsh-scp-sftp-ssh-uri).
    const auto at = authority.rfind('@');
    std::string plain(authority);
    if (at != std::string_view::npos)
        plain
            = percent_decoded(authority.substr(0, std::min(authority.find(';'), at)), whole) + std::string(authority.substr(at));
    remote_place p = parse_place_host(plain);
    p.port = port;
    if (slash != std::string_view::npos && slash + 1 < text.size())
        p.path = percent_decoded(text.substr(slash + 1), whole);
    return p;
}

std::optional<remote_place> parse_place_path(std::string_view text)
{
    const auto colon = separator(text);
    if (colon == std::string_view::npos)
        return std::nullopt;
    remote_place p = parse_place_host(text.substr(0, colon));
    p.path = text.substr(colon + 1);
    return p;
}

} // namespace programs
