#include "server/text_cells.hpp"

#include <algorithm>
#include <iterator>

namespace sshoal::server {
namespace {

struct span_of_points {
    char32_t first, last;
};

/// Marks that take no cell of their own; the common blocks of Unicode 15.
constexpr span_of_points no_cell[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf}, {0x05c1, 0x05c2}, {0x05c4, 0x05c5}, {0x0610, 0x061a},
    {0x064b, 0x065f}, {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948},
    {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
    {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20f0}, {0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};
/// Characters of two cells (East Asian Width W and F).
constexpr span_of_points two_cells[] = {
    {0x1100, 0x115f}, {0x231a, 0x231b}, {0x2329, 0x232a}, {0x23e9, 0x23ec}, {0x25fd, 0x25fe}, {0x2614, 0x2615}, {0x2648, 0x2653},
    {0x26a1, 0x26a1}, {0x26bd, 0x26be}, {0x2705, 0x2705}, {0x270a, 0x270b}, {0x2728, 0x2728}, {0x274c, 0x274c}, {0x2753, 0x2755},
    {0x2795, 0x2797}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b50}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff},
    {0xa000, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

template <std::size_t n>
bool in_table(const span_of_points (&table)[n], char32_t c) noexcept
{
    const auto* const at
        = std::lower_bound(std::begin(table), std::end(table), c, [](const span_of_points& s, char32_t p) { return s.last < p; });
    return at != std::end(table) && at->first <= c;
}

/// The code point of a whole sequence.
char32_t point_of(std::string_view sequence) noexcept
{
    const auto first = static_cast<unsigned char>(sequence.front());
    char32_t c = sequence.size() == 1 ? first : first & (0x7fu >> sequence.size());
    for (const char more : sequence.substr(1))
        c = c << 6 | (static_cast<unsigned char>(more) & 0x3f);
    return c;
}

std::string_view first_sequence(std::string_view text) noexcept
{
    const std::size_t n = sequence_length(static_cast<unsigned char>(text.front()));
    return text.substr(0, std::max<std::size_t>(n, 1));
}

} // namespace

std::size_t sequence_length(unsigned char first) noexcept
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

bool is_typed_character(std::string_view sequence) noexcept
{
    if (sequence.empty() || sequence.size() != sequence_length(static_cast<unsigned char>(sequence.front())))
        return false;
    for (const char more : sequence.substr(1))
        if ((static_cast<unsigned char>(more) & 0xc0) != 0x80)
            return false;
    const char32_t c = point_of(sequence);
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    return !control && c >= least[sequence.size()] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

first_character character_at(std::string_view text) noexcept
{
    first_character f;
    if (text.empty())
        return f;
    std::string_view sequence = first_sequence(text);
    const char32_t first = point_of(sequence);
    f.cells = in_table(no_cell, first) ? 0 : in_table(two_cells, first) ? 2 : 1;
    f.bytes = sequence.size();
    while (f.bytes < text.size()) {
        sequence = first_sequence(text.substr(f.bytes));
        if (!in_table(no_cell, point_of(sequence)))
            break;
        f.bytes += sequence.size();
    }
    return f;
}

std::size_t last_character(std::string_view text) noexcept
{
    std::size_t at = text.size();
    while (at > 0) {
        --at;
        if ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
            continue;
        if (!in_table(no_cell, point_of(first_sequence(text.substr(at)))))
            break;
    }
    return text.size() - at;
}

std::size_t cells_of(std::string_view text) noexcept
{
    constexpr char escape = '\x1b';
    std::size_t cells = 0;
    while (!text.empty()) {
        if (text.front() == escape) {
            // ESC [ ... with a final byte from '@' to '~', or ESC and one byte.
            std::size_t n = std::min<std::size_t>(text.size(), 2);
            if (n == 2 && text[1] == '[') {
                while (n < text.size() && (text[n] < '@' || text[n] > '~'))
                    ++n;
                n = std::min(n + 1, text.size());
            }
            text.remove_prefix(n);
            continue;
        }
        const first_character c = character_at(text);
        cells += c.cells;
        text.remove_prefix(c.bytes);
    }
    return cells;
}

} // namespace sshoal::server
