// text_cells.hpp - how UTF-8 text divides into characters as people count them, and how many cells of a terminal they take.
#pragma once

#include <cstddef>
#include <string_view>

namespace sshoal::server {

/// The first character of a text: a code point, and the marks that combine with it.
struct first_character {
    std::size_t bytes = 0;
    std::size_t cells = 0; ///< 0, 1, or 2 for wide East Asian characters and emoji
};
/// `text` is valid UTF-8.
first_character character_at(std::string_view text) noexcept;
/// Returns: the number of bytes of the last character.
std::size_t last_character(std::string_view text) noexcept;
/// Returns: the cells that a text takes; escape sequences, such as those for colours, take none.
std::size_t cells_of(std::string_view text) noexcept;

/// Returns: the length of the UTF-8 sequence that begins with this byte; 0 if none does.
std::size_t sequence_length(unsigned char first) noexcept;
/// Returns: whether these bytes are one code point in UTF-8 that is no control character (RFC 3629).
bool is_typed_character(std::string_view sequence) noexcept;

} // namespace sshoal::server
