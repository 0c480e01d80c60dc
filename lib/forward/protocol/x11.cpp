#include "forward/protocol/x11.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace sshoal::forward {
namespace {

constexpr std::size_t most_cookie = 256;
constexpr std::string_view socket_prefix = P_tmpdir "/.X11-unix/X"; // as all X servers have it

std::size_t padded(std::size_t n) noexcept { return (n + 3) & ~std::size_t(3); }

int digit_value(char c) noexcept
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/// "10" or "10.1". Returns: nothing for any other text.
struct display_number {
    std::uint32_t display = 0, screen = 0;
};
std::optional<display_number> parse_number(std::string_view text)
{
    display_number n;
    const char* const end = text.data() + text.size();
    const auto [dot, wrong] = std::from_chars(text.data(), end, n.display);
    if (wrong != std::errc() || n.display > most_x11_display)
        return std::nullopt;
    if (dot == end)
        return n;
    const auto [last, wrong_screen] = std::from_chars(dot + 1, end, n.screen);
    if (*dot != '.' || wrong_screen != std::errc() || last != end)
        return std::nullopt;
    return n;
}

std::string_view next_word(std::string_view& line)
{
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(word.size());
    return word;
}

/// Compares without telling by its time how many bytes are right.
bool same_bytes(byte_view a, byte_view b) noexcept
{
    unsigned differences = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        differences |= std::to_integer<unsigned>(a[i] ^ b[i]);
    return differences == 0;
}

} // namespace

outcome<x11_display_name> parse_x11_display(std::string_view text)
{
    const failure wrong(errc::invalid_argument, "no name of a display: \"" + printable(text, 64) + '"');
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || text.find('\0') != text.npos)
        return wrong;
    const std::optional<display_number> n = parse_number(text.substr(colon + 1));
    if (!n)
        return wrong;
    x11_display_name d;
    d.screen = n->screen;
    d.for_xauth = text;
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('/')) { // the number is a part of the name
        d.at = endpoint::unix_socket(std::string(text.substr(0, text.find('.', colon))));
        return d;
    }
    if (host.empty() || host == "unix") {
        d.at = endpoint::unix_socket(std::string(socket_prefix) + std::to_string(n->display));
        return d;
    }
    if (host == "localhost") // xauth has a display of this machine under another name
        d.for_xauth = "unix" + std::string(text.substr(colon));
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (host.empty())
        return wrong;
    d.at = endpoint(std::string(host), x11_port(n->display));
    return d;
}

std::optional<bytes> parse_cookie_digits(std::string_view text)
{
    if (text.empty() || text.size() % 2 != 0 || text.size() > 2 * most_cookie)
        return std::nullopt;
    bytes data;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit_value(text[i]), low = digit_value(text[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        data.push_back(std::byte(high << 4 | low));
    }
    return data;
}

std::string cookie_digits(byte_view data)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::byte b : data) {
        text += digits[std::to_integer<unsigned>(b) >> 4];
        text += digits[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

std::optional<x11_cookie> parse_xauth_list(std::string_view text)
{
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::string_view display = next_word(line), protocol = next_word(line);
        std::optional<bytes> data = parse_cookie_digits(next_word(line));
        if (!display.empty() && !protocol.empty() && data)
            return x11_cookie{std::string(protocol), std::move(*data)};
    }
    return std::nullopt;
}

// -- the first message --------------------------------------------------------------------------------------------------------

x11_setup::state x11_setup::take(byte_view from)
{
    append(taken_, from.first(std::min(from.size(), wanted())));
    if (wanted() > 0 || state_ != state::reading)
        return state_;
    return state_ = taken_.size() == head_size ? begin_rest() : replace();
}

/// The head says which bytes follow. Only lengths that the expected message has are read.
x11_setup::state x11_setup::begin_rest()
{
    const char order = static_cast<char>(taken_[0]);
    if (order != 'B' && order != 'l')
        return refuse("the first byte is no byte order of X11");
    big_endian_ = order == 'B';
    const std::size_t name = number_at(6), data = number_at(8);
    if (name != expected_.protocol.size() || data != expected_.data.size())
        return refuse("the X client has another kind of cookie, or none");
    whole_ = head_size + padded(name) + padded(data);
    return state::reading;
}

x11_setup::state x11_setup::replace()
{
    const byte_view all = taken_;
    const byte_view name = all.subspan(head_size, expected_.protocol.size());
    const byte_view data = all.subspan(head_size + padded(name.size()), expected_.data.size());
    const bool right = same_bytes(name, view_of(std::string_view(expected_.protocol)));
    if (!same_bytes(data, expected_.data) || !right)
        return refuse("the X client has a wrong cookie");
    append(changed_, all.first(6)); // the byte order and the version
    append_number(real_.protocol.size());
    append_number(real_.data.size());
    append(changed_, all.subspan(10, 2));
    append(changed_, view_of(std::string_view(real_.protocol)));
    changed_.resize(padded(changed_.size()));
    append(changed_, real_.data);
    changed_.resize(padded(changed_.size()));
    return state::done;
}

x11_setup::state x11_setup::refuse(std::string why)
{
    why_ = failure(make_error_code(open_failure::administratively_prohibited), std::move(why));
    return state::refused;
}

std::size_t x11_setup::number_at(std::size_t i) const noexcept
{
    const std::size_t first = std::to_integer<std::size_t>(taken_[i]), second = std::to_integer<std::size_t>(taken_[i + 1]);
    return big_endian_ ? first << 8 | second : second << 8 | first;
}

void x11_setup::append_number(std::size_t n)
{
    const std::byte high = std::byte(n >> 8 & 0xff), low = std::byte(n & 0xff);
    changed_.push_back(big_endian_ ? high : low);
    changed_.push_back(big_endian_ ? low : high);
}

} // namespace sshoal::forward
