// chacha20.hpp - the stream cipher ChaCha20 with a nonce of 64 bits, as chacha20-poly1305@openssh.com uses it. Private to
// lib/crypto and its tests.
#pragma once

#include "base/bytes.hpp"
#include "crypto/fast_paths.hpp"

#include <memory>

namespace sshoal::crypto {

/// The cipher with one key. Two threads must not use it at the same time.
class chacha20 {
public:
    using nonce_view = std::span<const std::byte, 8>;

    virtual ~chacha20() = default;
    /// Adds the key stream that begins with block `block`: encrypts or decrypts `from` to `to`, which has the same size and is
    /// either the same memory or does not overlap. At most 2^32 - 1 blocks of 64 bytes, counted from the first block of the
    /// nonce.
    virtual void apply(nonce_view nonce, std::uint32_t block, byte_view from, byte_span to) = 0;
};

using chacha20_maker = std::unique_ptr<chacha20> (*)(std::span<const std::byte, 32> key);

std::unique_ptr<chacha20> make_chacha20_by_botan(std::span<const std::byte, 32> key);
std::unique_ptr<chacha20> make_chacha20_by_avx512(std::span<const std::byte, 32> key); ///< only if avx512_is_usable()
bool avx512_is_usable();

/// Returns all implementations except Botan's, the fastest first.
std::span<const way<chacha20_maker>> chacha20_ways();
bool agree(chacha20_maker one, chacha20_maker other);
chacha20_maker chosen_chacha20();

/// Makes the fastest implementation for this processor.
inline std::unique_ptr<chacha20> make_chacha20(std::span<const std::byte, 32> key) { return chosen_chacha20()(key); }

} // namespace sshoal::crypto
