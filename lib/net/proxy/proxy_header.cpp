#include "net/proxy/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

namespace sshoal::net {
namespace {

constexpr std::string_view begin_of_line = "PROXY ";
constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t head2 = 16; // the signature, version and command, family and protocol, length

/// Returns: whether the text can still become this one.
bool may_become(std::string_view text, std::string_view whole) noexcept
{
    const std::size_t n = std::min(text.size(), whole.size());
    return text.substr(0, n) == whole.substr(0, n);
}

std::string numeric_address(int family, const std::byte* from)
{
    char text[INET6_ADDRSTRLEN] = {};
    const in6_addr* const six = reinterpret_cast<const in6_addr*>(from);
    if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six)) // as endpoints are written everywhere
        return numeric_address(AF_INET, from + 12);
    return ::inet_ntop(family, from, text, sizeof text) ? text : "";
}

/// Returns: the endpoint of two words of the line; nothing if they are not an address of this family and a port.
std::optional<endpoint> endpoint_of_words(int family, std::string_view address, std::string_view port)
{
    std::byte number[16];
    std::uint16_t value = 0;
    const char* const end = port.data() + port.size();
    const auto [last, wrong] = std::from_chars(port.data(), end, value);
    if (address.find('\0') != std::string_view::npos // where inet_pton() would stop
        || ::inet_pton(family, std::string(address).c_str(), number) != 1 || wrong != std::errc() || last != end)
        return std::nullopt;
    return endpoint(numeric_address(family, number), value);
}

/// The words of the line, which have one blank between them. The last word is everything that is left.
std::array<std::string_view, 5> five_words(std::string_view line)
{
    std::array<std::string_view, 5> words;
    for (std::string_view& w : words) {
        w = &w == &words.back() ? line : line.substr(0, line.find(' '));
        line.remove_prefix(std::min(w.size() + 1, line.size()));
    }
    return words;
}

} // namespace

proxy_header_reader::state proxy_header_reader::take(byte_view from)
{
    append(taken_, from.first(std::min(from.size(), wanted())));
    const std::string_view text = text_of(taken_);
    if (!binary_ && may_become(text, signature)) {
        binary_ = text.size() >= signature.size();
        if (binary_)
            whole_ = head2;
        return wanted() > 0 ? state::reading : begin_version2();
    }
    if (!binary_ && !may_become(text, begin_of_line))
        return refuse("no header of the PROXY protocol, but \"" + printable(text, 32) + '"');
    if (wanted() > 0)
        return state::reading;
    if (!binary_)
        return take_line();
    return taken_.size() == head2 ? begin_version2() : take_addresses();
}

// -- version 1 ----------------------------------------------------------------------------------------------------------------

/// The shortest line is there. What follows is read up to the end of the line.
proxy_header_reader::state proxy_header_reader::take_line()
{
    std::string_view line = text_of(taken_);
    if (!line.ends_with("\r\n")) {
        if (taken_.size() >= most_of_version1)
            return refuse("a header without an end");
        whole_ = taken_.size() + (line.ends_with('\r') || taken_.size() + 2 > most_of_version1 ? 1 : 2);
        return state::reading;
    }
    line = line.substr(begin_of_line.size(), line.size() - begin_of_line.size() - 2);
    const std::string_view protocol = line.substr(0, line.find(' '));
    if (protocol == "UNKNOWN")
        return state::done;
    if (protocol != "TCP4" && protocol != "TCP6")
        return refuse("a header of an unknown protocol: " + printable(protocol, 32));
    const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
    const auto words = five_words(line);
    std::optional<endpoint> remote = endpoint_of_words(family, words[1], words[3]);
    std::optional<endpoint> local = endpoint_of_words(family, words[2], words[4]);
    if (!remote || !local)
        return refuse("a header without addresses: " + printable(line, 128));
    ends_.emplace(ends{std::move(*remote), std::move(*local)});
    return state::done;
}

// -- version 2 ----------------------------------------------------------------------------------------------------------------

proxy_header_reader::state proxy_header_reader::begin_version2()
{
    constexpr unsigned version2 = 2;
    const unsigned version = std::to_integer<unsigned>(taken_[12]) >> 4;
    if (version != version2)
        return refuse("a header of version " + std::to_string(version));
    whole_ = head2 + number_at(14);
    if (whole_ > most_)
        return refuse("a header of " + std::to_string(whole_) + " bytes, which are more than max_header()");
    return wanted() > 0 ? state::reading : take_addresses();
}

proxy_header_reader::state proxy_header_reader::take_addresses()
{
    constexpr unsigned local_command = 0, proxy_command = 1, tcp4 = 0x11, tcp6 = 0x21;
    const unsigned command = std::to_integer<unsigned>(taken_[12]) & 15, what = std::to_integer<unsigned>(taken_[13]);
    if (command == local_command)
        return state::done;
    if (command != proxy_command)
        return refuse("a header with command " + std::to_string(command));
    if (what != tcp4 && what != tcp6)
        return state::done; // an address that is no TCP endpoint
    const int family = what == tcp4 ? AF_INET : AF_INET6;
    const std::size_t size = what == tcp4 ? 4 : 16;
    if (taken_.size() < head2 + 2 * size + 4)
        return refuse("a header that is too short for its addresses");
    const std::byte* const at = taken_.data() + head2;
    const auto port = [&](std::size_t i) { return std::uint16_t(number_at(head2 + 2 * size + 2 * i)); };
    ends_.emplace(ends{endpoint(numeric_address(family, at), port(0)), endpoint(numeric_address(family, at + size), port(1))});
    return state::done;
}

std::size_t proxy_header_reader::number_at(std::size_t i) const noexcept
{
    return std::to_integer<std::size_t>(taken_[i]) << 8 | std::to_integer<std::size_t>(taken_[i + 1]);
}

proxy_header_reader::state proxy_header_reader::refuse(std::string why)
{
    why_ = failure(errc::protocol_error, std::move(why));
    return state::refused;
}

} // namespace sshoal::net
