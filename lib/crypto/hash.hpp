// hash.hpp - digests, and the key derivation of RFC 4253 §7.2.
#pragma once

#include "base/secure.hpp"

#include <initializer_list>
#include <memory>

namespace sshoal::crypto {

enum class hash_algorithm { sha1, sha256, sha384, sha512, md5, sha224 };

std::size_t digest_size(hash_algorithm) noexcept;

/// Returns the digest of the concatenated parts.
bytes digest(hash_algorithm, std::initializer_list<byte_view> parts);

/// A digest of data that arrives in pieces.
class running_digest {
public:
    explicit running_digest(hash_algorithm);
    ~running_digest();
    void update(byte_view data);
    /// Returns the digest and starts again.
    bytes finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Returns the HMAC of the concatenated parts.
bytes hmac(hash_algorithm, byte_view key, std::initializer_list<byte_view> parts);

/// Returns key material of RFC 4253 §7.2: HASH(K || H || letter || session_id), extended to `size` bytes. `shared_secret` is K as
/// it enters the hash, with its length (an mpint, or a string for the hybrid methods).
secure_bytes derive_key(hash_algorithm, byte_view shared_secret, byte_view exchange_hash, char letter, byte_view session_id,
                        std::size_t size);

} // namespace sshoal::crypto
