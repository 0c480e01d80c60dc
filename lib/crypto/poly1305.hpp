// poly1305.hpp - the one-time authenticator Poly1305 (RFC 8439 §2.5). Botan's implementation handles one block after the other,
// in plain C++; the others handle four at a time. Private to lib/crypto and its tests.
#pragma once

#include "base/bytes.hpp"
#include "crypto/fast_paths.hpp"

namespace sshoal::crypto {

/// Writes the tag of a whole message. A key is used for one message only.
using poly1305_function = void (*)(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag);

void poly1305_by_botan(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag);
void poly1305_by_blocks(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag); ///< portable C++
void poly1305_by_avx2(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag);
bool avx2_is_usable();

/// Returns all implementations except Botan's, the fastest first.
std::span<const way<poly1305_function>> poly1305_ways();
bool agree(poly1305_function one, poly1305_function other);
poly1305_function chosen_poly1305();

} // namespace sshoal::crypto
