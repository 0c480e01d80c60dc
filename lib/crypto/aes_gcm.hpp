// aes_gcm.hpp - AES-GCM with 12-byte nonces and 16-byte tags (NIST SP 800-38D). Private to lib/crypto and its tests.
#pragma once

#include "base/bytes.hpp"
#include "crypto/fast_paths.hpp"

#include <memory>

namespace sshoal::crypto {

/// In both operations `from` and `to` have the same size and are either the same memory or do not overlap.
class aes_gcm {
public:
    using nonce_view = std::span<const std::byte, 12>;

    virtual ~aes_gcm() = default;
    virtual void seal(nonce_view nonce, byte_view associated, byte_view from, byte_span to, std::span<std::byte, 16> tag) = 0;
    /// Returns false if the tag is wrong; then `to` holds no plaintext.
    [[nodiscard]] virtual bool open(nonce_view nonce, byte_view associated, byte_view from, byte_span to,
                                    std::span<const std::byte, 16> tag) = 0;
};

/// Makes the cipher for a key of 16 or 32 bytes.
using aes_gcm_maker = std::unique_ptr<aes_gcm> (*)(byte_view key);

std::unique_ptr<aes_gcm> make_aes_gcm_by_botan(byte_view key);        ///< Botan's own mode
std::unique_ptr<aes_gcm> make_aes_gcm_by_botan_parts(byte_view key);  ///< Botan's AES blocks and GHASH; not with Botan 3
std::unique_ptr<aes_gcm> make_aes_gcm_by_vaes(byte_view key);         ///< only if vaes_is_usable()

/// Returns all implementations except Botan's, the fastest first.
std::span<const way<aes_gcm_maker>> aes_gcm_ways();
bool agree(aes_gcm_maker one, aes_gcm_maker other);
aes_gcm_maker chosen_aes_gcm();

/// Makes the fastest implementation for this processor.
inline std::unique_ptr<aes_gcm> make_aes_gcm(byte_view key) { return chosen_aes_gcm()(key); }

} // namespace sshoal::crypto
