// session_text.hpp - checks and conversions of the fields of session requests (RFC 4254 §6).
#pragma once

#include "sshoal/terminal.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace sshoal::server {

inline bool has_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

inline bool is_graphic(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Returns: the size in a pty-req or a window-change, limited to the numbers that a terminal of the operating system can have.
template <class M>
terminal_size size_of(const M& m)
{
    constexpr std::uint32_t largest = 65'535;
    terminal_size s;
    s.columns = std::min(m.columns, largest);
    s.rows = std::min(m.rows, largest);
    s.width_pixels = std::min(m.width_px, largest);
    s.height_pixels = std::min(m.height_px, largest);
    return s;
}

} // namespace sshoal::server
