// aes_gcm.hpp - AES-GCM with 12-byte nonces and 16-byte tags (NIST SP 800-38D), in place. Private to lib/crypto and its tests.
#pragma once

#include "base/bytes.hpp"

#include <memory>

namespace sshoal::crypto {

class aes_gcm {
public:
    using nonce_view = std::span<const std::byte, 12>;

    virtual ~aes_gcm() = default;
    virtual void seal(nonce_view nonce, byte_view associated, byte_span text, std::span<std::byte, 16> tag) = 0;
    /// False: the tag is wrong, and `text` holds no plaintext.
    [[nodiscard]] virtual bool open(nonce_view nonce, byte_view associated, byte_span text, std::span<const std::byte, 16> tag)
        = 0;
};

/// The fastest composition for the Botan that is there; keys of 16 or 32 bytes.
std::unique_ptr<aes_gcm> make_aes_gcm(byte_view key);

/// Botan's own mode. With Botan 3 the two are the same; with 2.19 this one takes up to twice as long (for small packets), and
/// the unit tests hold the other against it.
std::unique_ptr<aes_gcm> make_aes_gcm_by_botan(byte_view key);

} // namespace sshoal::crypto
