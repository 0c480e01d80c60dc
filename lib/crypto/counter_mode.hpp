// counter_mode.hpp - AES in counter mode (NIST SP 800-38A §6.5). Botan 2.19's own CTR-BE spends more time in its bookkeeping than
// in AES, and much time before the first byte; so there are two other implementations. Private to lib/crypto and its tests.
#pragma once

#include "crypto/fast_paths.hpp"
#include "base/bytes.hpp"

#include <memory>

namespace sshoal::crypto {

/// A counter block as two big-endian halves.
struct counter_block {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    static counter_block load(const std::byte from[16]) noexcept;
    void store(std::byte to[16]) const noexcept;
    void advance(std::uint64_t blocks) noexcept
    {
        low += blocks;
        high += low < blocks;
    }
};

/// The cipher with one key. Two threads must not use it at the same time.
class counter_mode {
public:
    virtual ~counter_mode() = default;
    /// Encrypts or decrypts `from` to `to`, which has the same size and is either the same memory or does not overlap. Advances
    /// `counter` by the blocks used; an incomplete last block counts as one.
    virtual void apply(counter_block& counter, byte_view from, byte_span to) = 0;
    /// Encrypts a single block, for the hash key of GCM.
    virtual void encrypt_block(std::byte block[16]) = 0;
};

/// Makes the cipher for a key of 16, 24 or 32 bytes.
using counter_mode_maker = std::unique_ptr<counter_mode> (*)(byte_view key);

std::unique_ptr<counter_mode> make_counter_mode_by_botan(byte_view key);  ///< Botan's CTR-BE
std::unique_ptr<counter_mode> make_counter_mode_by_blocks(byte_view key); ///< Botan encrypts many counter blocks at a time
std::unique_ptr<counter_mode> make_counter_mode_by_vaes(byte_view key);   ///< only if vaes_is_usable()

/// Returns all implementations except Botan's, the fastest first.
std::span<const way<counter_mode_maker>> counter_mode_ways();
bool agree(counter_mode_maker one, counter_mode_maker other);
counter_mode_maker chosen_counter_mode();

/// Makes the fastest implementation for this processor.
inline std::unique_ptr<counter_mode> make_counter_mode(byte_view key) { return chosen_counter_mode()(key); }

} // namespace sshoal::crypto
