#include "admission/source.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <arpa/inet.h>

namespace sshoal::admissions {
namespace {

/// Keeps the first bits, and sets the others to zero.
std::string prefix_of(const unsigned char* address, std::size_t length, unsigned bits)
{
    std::string key(length, '\0');
    for (std::size_t i = 0; i < length; ++i) {
        const unsigned kept = std::min(8u, bits - std::min(bits, unsigned(i * 8)));
        key[i] = char(address[i] & (0xffu << (8 - kept)));
    }
    return key;
}

} // namespace

std::optional<std::string> source_key(std::string_view address, unsigned ipv4_bits, unsigned ipv6_bits)
{
    const std::string text(address.substr(0, address.find('%'))); // without the zone of a link-local address
    std::array<unsigned char, 16> a{};
    if (::inet_pton(AF_INET, text.c_str(), a.data()) == 1)
        return prefix_of(a.data(), 4, ipv4_bits);
    if (::inet_pton(AF_INET6, text.c_str(), a.data()) != 1)
        return std::nullopt;
    constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(a.data(), mapped, sizeof mapped) == 0)
        return prefix_of(a.data() + 12, 4, ipv4_bits);
    return prefix_of(a.data(), 16, ipv6_bits);
}

} // namespace sshoal::admissions
