// base64.hpp - the base64 of key files and key lines (RFC 4648 §4), read strictly: padding is required, blanks and stray bits are
// refused, so that every run of bytes has exactly one text.
#pragma once

#include "base/bytes.hpp"

#include <optional>

namespace sshoal::keys {

constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// Writes base64_size(from.size()) characters.
void encode_base64(byte_view from, char* to) noexcept;

/// Writes at most text.size() / 4 * 3 bytes. Returns their number, or nothing if the text is not base64.
std::optional<std::size_t> decode_base64(std::string_view text, std::byte* to) noexcept;

inline std::string base64(byte_view from)
{
    std::string text(base64_size(from.size()), '\0');
    encode_base64(from, text.data());
    return text;
}

/// `Buffer` is bytes or secure_bytes.
template <class Buffer>
bool decode_base64(std::string_view text, Buffer& to)
{
    to.resize(text.size() / 4 * 3);
    const auto size = decode_base64(text, to.data());
    to.resize(size.value_or(0));
    return size.has_value();
}

} // namespace sshoal::keys
