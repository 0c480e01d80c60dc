// ghash.hpp - the universal hash of GCM (NIST SP 800-38D §6.4). Private to lib/crypto and its tests.
#pragma once

#include "base/bytes.hpp"

#include <memory>

namespace sshoal::crypto {

class ghash {
public:
    virtual ~ghash() = default;
    /// Computes the hash of associated data and text, each padded to whole blocks, and of their lengths.
    virtual void hash(byte_view associated, byte_view text, std::byte to[16]) = 0;
};

/// `h` is the encryption of a block of zeros.
std::unique_ptr<ghash> make_ghash_by_botan(const std::byte h[16]);   ///< null with Botan 3, which has no public GHASH
std::unique_ptr<ghash> make_ghash_by_clmul(const std::byte h[16]);   ///< only if vaes_is_usable()

} // namespace sshoal::crypto
