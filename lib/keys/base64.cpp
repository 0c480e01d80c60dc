#include "keys/base64.hpp"

#include <array>

namespace sshoal::keys {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t not_a_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digits = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(not_a_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = std::uint8_t(i);
    return table;
}();

} // namespace

void encode_base64(byte_view from, char* to) noexcept
{
    while (!from.empty()) {
        const std::size_t n = from.size() < 3 ? from.size() : 3;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < n ? std::to_integer<std::uint32_t>(from[i]) : 0);
        for (std::size_t i = 0; i < 4; ++i)
            *to++ = i <= n ? alphabet[group >> (18 - 6 * i) & 63] : '=';
        from = from.subspan(n);
    }
}

std::optional<std::size_t> decode_base64(std::string_view text, std::byte* to) noexcept
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    std::size_t written = 0;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const std::size_t n = at + 4 == text.size() ? 4 - padding : 4;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::uint8_t digit = i < n ? digits[static_cast<unsigned char>(text[at + i])] : std::uint8_t(0);
            if (digit == not_a_digit)
                return std::nullopt;
            group = group << 6 | digit;
        }
        // The bits that padding cuts off must be zero; otherwise two texts would stand for the same bytes.
        if ((n == 3 && (group & 0xff) != 0) || (n == 2 && (group & 0xffff) != 0))
            return std::nullopt;
        for (std::size_t i = 0; i + 1 < n; ++i)
            to[written++] = std::byte(group >> (16 - 8 * i));
    }
    return written;
}

} // namespace sshoal::keys
