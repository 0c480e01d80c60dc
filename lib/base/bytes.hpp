// bytes.hpp - the types for runs of bytes that every room uses, and conversions between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal {

using bytes = std::vector<std::byte>;
using byte_view = std::span<const std::byte>;
using byte_span = std::span<std::byte>;

inline byte_view view_of(std::string_view text) noexcept { return std::as_bytes(std::span(text.data(), text.size())); }
inline byte_view view_of(std::span<const std::uint8_t> octets) noexcept { return std::as_bytes(octets); }

inline std::string_view text_of(byte_view b) noexcept { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

inline const std::uint8_t* octets(byte_view b) noexcept { return reinterpret_cast<const std::uint8_t*>(b.data()); }
inline std::uint8_t* octets(byte_span b) noexcept { return reinterpret_cast<std::uint8_t*>(b.data()); }
inline std::uint8_t* octets(bytes& b) noexcept { return reinterpret_cast<std::uint8_t*>(b.data()); }

inline bytes copy_of(byte_view b) { return {b.begin(), b.end()}; }
inline bytes copy_of(std::string_view t) { return copy_of(view_of(t)); }

inline void append(bytes& to, byte_view b) { to.insert(to.end(), b.begin(), b.end()); }

inline bool equal(byte_view a, byte_view b) noexcept
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

inline void store_u32(std::byte* to, std::uint32_t v) noexcept
{
    to[0] = std::byte(v >> 24);
    to[1] = std::byte(v >> 16);
    to[2] = std::byte(v >> 8);
    to[3] = std::byte(v);
}

inline std::uint32_t load_u32(const std::byte* from) noexcept
{
    return std::uint32_t(from[0]) << 24 | std::uint32_t(from[1]) << 16 | std::uint32_t(from[2]) << 8 | std::uint32_t(from[3]);
}

} // namespace sshoal
