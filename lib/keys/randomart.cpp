#include "sshoal/randomart.hpp"

#include "keys/fingerprint.hpp"

#include <algorithm>
#include <array>

namespace sshoal {
namespace {

constexpr std::size_t columns = 17, rows = 9;
constexpr std::string_view shades = " .o+=*BOX@%&#/^SE"; // by the number of visits; the last two are the start and the end
constexpr std::size_t most_visits = shades.size() - 3;

/// Returns: a border with a text in its middle.
std::string border(const std::string& text)
{
    const std::size_t before = (columns - text.size()) / 2;
    return '+' + std::string(before, '-') + text + std::string(columns - before - text.size(), '-') + '+';
}

/// Returns: the place one step to the one side or the other, inside of the field.
std::size_t step(std::size_t at, bool up, std::size_t size) noexcept
{
    if (up)
        return std::min(at + 1, size - 1);
    return at == 0 ? 0 : at - 1;
}

std::string title_of(const public_key& key)
{
    const std::string type = key.type() == key_type::rsa ? "RSA" : key.type() == key_type::ed25519 ? "ED25519" : "ECDSA";
    const std::string whole = '[' + type + ' ' + std::to_string(key.bits()) + ']';
    return whole.size() <= columns ? whole : '[' + type + ']';
}

} // namespace

std::string randomart(const public_key& key, std::string_view hash)
{
    const auto digest = key ? keys::digest_of_key(key.blob(), hash) : std::nullopt;
    if (!digest)
        return {};
    std::array<std::array<std::size_t, columns>, rows> visits{};
    std::size_t x = columns / 2, y = rows / 2;
    for (const std::byte b : digest->sum)
        for (unsigned pair = 0; pair < 4; ++pair) { // two bits are one step
            const unsigned bits = std::to_integer<unsigned>(b) >> (2 * pair);
            x = step(x, (bits & 1) != 0, columns);
            y = step(y, (bits & 2) != 0, rows);
            visits[y][x] = std::min(visits[y][x] + 1, most_visits);
        }
    visits[rows / 2][columns / 2] = shades.size() - 2;
    visits[y][x] = shades.size() - 1;
    std::string picture = border(title_of(key)) + '\n';
    for (const auto& row : visits) {
        picture += '|';
        for (const std::size_t n : row)
            picture += shades[n];
        picture += "|\n";
    }
    return picture + border('[' + std::string(digest->hash) + ']');
}

} // namespace sshoal
