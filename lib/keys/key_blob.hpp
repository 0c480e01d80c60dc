// key_blob.hpp - public keys as the bytes of RFC 4253 §6.6, RFC 8709 §4, RFC 5656 §3.1, and signatures as RFC 4253 §6.6,
// RFC 5656 §3.1.2 and RFC 8332 §3 write them, turned into the plain numbers of the room crypto.
#pragma once

#include "crypto/signature.hpp"
#include "keys/signature_algorithms.hpp"

#include <optional>

namespace sshoal::keys {

/// The type with this name; nothing for names that sshoal does not implement.
std::optional<key_type> find_key_type(std::string_view name) noexcept;
key_type type_of(const crypto::public_numbers&) noexcept;
std::optional<crypto::curve> curve_of(key_type) noexcept;
std::string_view curve_name(crypto::curve) noexcept; ///< "nistp256", ...
std::size_t point_size(crypto::curve) noexcept;      ///< of an uncompressed point

/// Checks the form only; whether the numbers make a key is for crypto::make_verifying_key.
outcome<crypto::public_numbers> decode_public_blob(byte_view blob);
bytes encode_public_blob(const crypto::public_numbers&);

/// The raw signature inside an SSH signature blob that must name exactly this algorithm. `rsa_size` is the size of n in bytes.
result<bytes> decode_signature(const signature_algorithm&, byte_view blob, std::size_t rsa_size);
bytes encode_signature(const signature_algorithm&, byte_view raw);

} // namespace sshoal::keys
