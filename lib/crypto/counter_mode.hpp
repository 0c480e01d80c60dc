// counter_mode.hpp - AES in counter mode (NIST SP 800-38A §6.5), from counter blocks that Botan encrypts many at a time.
// Botan 2.19's own CTR-BE spends more time in its bookkeeping than in AES, and a long time before the first byte.
// Private to lib/crypto.
#pragma once

#include "base/bytes.hpp"

#include <memory>

namespace Botan {
class BlockCipher;
}

namespace sshoal::crypto {

/// The block cipher AES with a key of 16, 24 or 32 bytes.
std::unique_ptr<Botan::BlockCipher> make_aes(byte_view key);

/// A counter block as two big-endian halves.
struct counter_block {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    static counter_block load(const std::byte from[16]) noexcept;
    void advance(std::uint64_t blocks) noexcept
    {
        low += blocks;
        high += low < blocks;
    }
};

/// Encrypts or decrypts `data` in place and advances `counter` by the blocks it used; a last block that is cut short counts
/// whole.
void apply_counter_mode(const Botan::BlockCipher& aes, counter_block& counter, byte_span data);

/// The same in two steps, for GCM: begin() gives the first block of key stream, which masks the tag; finish() applies the rest.
/// Between the two, nothing else on this thread may use counter mode.
class masked_counter_mode {
public:
    masked_counter_mode(const Botan::BlockCipher& aes, counter_block counter, byte_span data);
    ~masked_counter_mode(); ///< forgets the key stream that finish() was not called for
    masked_counter_mode(const masked_counter_mode&) = delete;
    masked_counter_mode& operator=(const masked_counter_mode&) = delete;
    const std::byte* mask() const noexcept { return mask_; }
    void finish();

private:
    const Botan::BlockCipher& aes_;
    counter_block counter_;
    byte_span data_;
    std::size_t ready_; // blocks of key stream that are made already, the mask among them; 0 when done
    std::byte mask_[16];
};

} // namespace sshoal::crypto
