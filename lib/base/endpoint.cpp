#include "sshoal/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace sshoal {
namespace {

constexpr std::string_view unix_prefix = "unix:";

failure not_an_endpoint(std::string_view text)
{
    return failure(errc::invalid_argument, "neither address and port nor the path of a socket: " + printable(text));
}

std::optional<std::uint16_t> port_from(std::string_view digits)
{
    std::uint16_t n = 0;
    const auto [end, why] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (digits.empty() || why != std::errc() || end != digits.data() + digits.size())
        return {};
    return n;
}

bool has_strange_characters(std::string_view address)
{
    return std::any_of(address.begin(), address.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '[' || c == ']' || c == '/' || c == '\x7f';
    });
}

} // namespace

const std::string& endpoint::none() noexcept
{
    static const std::string empty;
    return empty;
}

outcome<endpoint> endpoint::parse(std::string_view text, std::optional<std::uint16_t> default_port)
{
    if (text.starts_with(unix_prefix) && text.size() > unix_prefix.size())
        return unix_socket(std::string(text.substr(unix_prefix.size())));
    if (text.starts_with('/'))
        return unix_socket(std::string(text));
    std::string_view address = text;
    std::string_view behind; // the address: empty, or a colon and the port
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos || text.find(':') > end)
            return not_an_endpoint(text);
        address = text.substr(1, end - 1);
        behind = text.substr(end + 1);
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        if (text.find(':', colon + 1) == std::string_view::npos) {
            address = text.substr(0, colon);
            behind = text.substr(colon);
        } else if (!default_port) { // an IPv6 address: no colon of it separates a port
            return not_an_endpoint(text);
        }
    }
    if (has_strange_characters(address) || (address.empty() && behind.empty()))
        return not_an_endpoint(text);
    std::optional<std::uint16_t> port = default_port;
    if (!behind.empty())
        port = behind.starts_with(':') ? port_from(behind.substr(1)) : std::nullopt;
    if (!port)
        return not_an_endpoint(text);
    return endpoint(std::string(address), *port);
}

std::string endpoint::to_string() const
{
    if (is_unix())
        return std::string(unix_prefix) + printable(text_, text_.size());
    if (!is_tcp())
        return text_;
    const bool brackets = text_.find(':') != std::string::npos;
    return (brackets ? '[' + text_ + ']' : text_) + ':' + std::to_string(port_);
}

std::string endpoint::describe() const { return is_tcp() ? text_ + " port " + std::to_string(port_) : to_string(); }

} // namespace sshoal
