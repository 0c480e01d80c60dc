#include "keys/moduli.hpp"

#include "keys/key_impl.hpp"

#include <algorithm>
#include <charconv>

namespace sshoal::keys {
namespace {

constexpr std::uint32_t safe_prime = 2;           // "type": p and (p-1)/2 are prime
constexpr std::uint32_t composite_test = 1;       // "tests": known not to be prime
constexpr std::size_t least_bits = 2048, most_bits = 16384;

template <class Number>
bool read_number(std::string_view word, Number& number, int base = 10) noexcept
{
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number, base);
    return problem == std::errc() && end == word.data() + word.size();
}

/// Returns the big-endian magnitude without leading zeros, or nothing if a character is not a digit.
std::optional<bytes> read_hex(std::string_view hex_digits)
{
    while (hex_digits.starts_with('0'))
        hex_digits.remove_prefix(1);
    bytes number;
    number.reserve(hex_digits.size() / 2 + 1);
    for (std::size_t size = hex_digits.size() % 2 == 0 ? 2 : 1; !hex_digits.empty(); size = 2) {
        std::uint8_t value = 0;
        if (!read_number(hex_digits.substr(0, size), value, 16))
            return std::nullopt;
        number.push_back(std::byte(value));
        hex_digits.remove_prefix(size);
    }
    return number;
}

std::optional<crypto::dh_group> read_line(std::string_view line)
{
    // The time is information for people only.
    const std::string_view time = next_word(line);
    std::uint32_t type = 0, tests = 0, trials = 0, size = 0, generator = 0;
    if (time.empty() || time.front() == '#' || !read_number(next_word(line), type) || !read_number(next_word(line), tests)
        || !read_number(next_word(line), trials) || !read_number(next_word(line), size)
        || !read_number(next_word(line), generator, 16))
        return std::nullopt;
    const bool tested = (tests & composite_test) == 0 && (tests & ~composite_test) != 0 && trials != 0;
    const std::string_view hex_digits = next_word(line);
    if (type != safe_prime || !tested || generator < 2 || !line.empty() || size >= most_bits || hex_digits.size() > most_bits / 4)
        return std::nullopt;
    auto p = read_hex(hex_digits);
    if (!p || p->empty() || (p->back() & std::byte(1)) == std::byte(0))
        return std::nullopt;
    crypto::dh_group group;
    group.p = std::move(*p);
    for (int shift = 24; shift >= 0; shift -= 8)
        if (const auto octet = std::byte(generator >> shift); !group.g.empty() || octet != std::byte(0))
            group.g.push_back(octet);
    // The file gives the index of the top bit, which is one less than the size.
    if (group.bits() != size + 1 || group.bits() < least_bits)
        return std::nullopt;
    return group;
}

std::size_t below(std::size_t limit, crypto::random_source& random)
{
    // Values from the incomplete last range are drawn again, so that all groups are equally likely.
    const auto bound = std::uint32_t(limit);
    const std::uint32_t unfair = (0u - bound) % bound;
    for (;;) {
        std::byte octets[4];
        random.fill(octets);
        if (const std::uint32_t value = load_u32(octets); value >= unfair)
            return value % bound;
    }
}

} // namespace

std::vector<crypto::dh_group> read_moduli(std::string_view text, std::size_t most)
{
    std::vector<crypto::dh_group> groups;
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // editors on Windows write it
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    while (!text.empty() && groups.size() < most) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
        if (auto group = read_line(line.substr(0, line.find_last_not_of('\r') + 1)))
            groups.push_back(std::move(*group));
    }
    return groups;
}

std::optional<crypto::dh_group> choose_group(std::span<const crypto::dh_group> groups, std::size_t least, std::size_t preferred,
                                             std::size_t greatest, crypto::random_source& random)
{
    preferred = std::max<std::size_t>(preferred, 1);
    std::size_t best = 0, count = 0;
    for (const auto& group : groups) {
        const std::size_t bits = group.bits();
        if (bits < least || bits > greatest)
            continue;
        const bool better = best < preferred ? bits > best : bits >= preferred && bits < best;
        if (better)
            count = 0;
        if (better)
            best = bits;
        count += bits == best;
    }
    if (count == 0)
        return std::nullopt;
    std::size_t skip = below(count, random);
    for (const auto& group : groups)
        if (group.bits() == best && skip-- == 0)
            return group;
    return std::nullopt;
}

} // namespace sshoal::keys
