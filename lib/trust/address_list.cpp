#include "trust/address_list.hpp"

#include "sshoal/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include <arpa/inet.h>

namespace sshoal::trust {
namespace {

struct numeric_address {
    std::array<unsigned char, 16> bytes{};
    unsigned size = 0; // 4 or 16
};

std::optional<numeric_address> read_address(std::string_view text)
{
    constexpr std::size_t longest = 64;
    constexpr std::array<unsigned char, 12> v4_inside = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    text = text.substr(0, text.find('%')); // without the zone of a link-local address
    if (text.empty() || text.size() > longest)
        return std::nullopt;
    const std::string name(text);
    numeric_address a;
    if (::inet_pton(AF_INET, name.c_str(), a.bytes.data()) == 1) {
        a.size = 4;
        return a;
    }
    if (::inet_pton(AF_INET6, name.c_str(), a.bytes.data()) != 1)
        return std::nullopt;
    a.size = 16;
    if (std::memcmp(a.bytes.data(), v4_inside.data(), v4_inside.size()) == 0) {
        std::memmove(a.bytes.data(), a.bytes.data() + v4_inside.size(), 4);
        a.size = 4;
    }
    return a;
}

bool in_network(const numeric_address& a, const numeric_address& network, unsigned bits)
{
    if (a.size != network.size || bits > a.size * 8)
        return false;
    const unsigned whole = bits / 8;
    if (std::memcmp(a.bytes.data(), network.bytes.data(), whole) != 0)
        return false;
    if (bits % 8 == 0)
        return true;
    const auto mask = static_cast<unsigned char>(0xff << (8 - bits % 8));
    return (a.bytes[whole] & mask) == (network.bytes[whole] & mask);
}

bool entry_matches(std::string_view entry, std::string_view text, const numeric_address& a)
{
    const std::size_t slash = entry.find('/');
    if (slash == std::string_view::npos) {
        const auto same = read_address(entry);
        return same ? in_network(a, *same, same->size * 8) : matches_pattern(entry, text);
    }
    const auto network = read_address(entry.substr(0, slash));
    const std::string_view length = entry.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, ec] = std::from_chars(length.data(), length.data() + length.size(), bits);
    return network && ec == std::errc() && end == length.data() + length.size() && in_network(a, *network, bits);
}

} // namespace

std::string wrong_address(std::string_view list)
{
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.size(), list.find(',', begin));
        std::string_view entry = list.substr(begin, end - begin);
        begin = end + 1;
        if (entry.starts_with('!'))
            entry.remove_prefix(1);
        if (entry.empty())
            return "an empty entry in a list of addresses";
        const std::size_t slash = entry.find('/');
        auto network = read_address(entry.substr(0, slash));
        if (slash == std::string_view::npos || !network)
            continue; // an address, or a pattern
        const std::string_view length = entry.substr(slash + 1);
        unsigned bits = 0;
        const auto [last, ec] = std::from_chars(length.data(), length.data() + length.size(), bits);
        if (length.empty() || ec != std::errc() || last != length.data() + length.size() || bits > network->size * 8)
            return "not a network: " + printable(entry);
        for (unsigned i = bits; i < network->size * 8; ++i)
            if ((network->bytes[i / 8] & (0x80u >> (i % 8))) != 0)
                return "a network has no bits behind its length: " + printable(entry);
    }
    return {};
}

list_match match_names(const std::vector<std::string>& list, std::string_view host)
{
    list_match found = list_match::no;
    for (const std::string& entry : list)
        if (const list_match one = match_list(entry, host); one == list_match::negated)
            return one;
        else if (one == list_match::yes)
            found = one;
    return found;
}

list_match match_addresses(const std::vector<std::string>& list, std::string_view address)
{
    const auto a = read_address(address);
    if (!a)
        return list_match::no;
    list_match found = list_match::no;
    for (std::string_view entry : list) {
        const bool negated = entry.starts_with('!');
        if (negated)
            entry.remove_prefix(1);
        if (!entry_matches(entry, address, *a))
            continue;
        if (negated)
            return list_match::negated;
        found = list_match::yes;
    }
    return found;
}

} // namespace sshoal::trust
