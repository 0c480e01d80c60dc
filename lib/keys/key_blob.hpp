// key_blob.hpp - converts public key blobs (RFC 4253 §6.6, RFC 8709 §4, RFC 5656 §3.1) and signature blobs (RFC 4253 §6.6, RFC
// 5656 §3.1.2, RFC 8332 §3) to and from the plain numbers of the room crypto.
#pragma once

#include "crypto/signature.hpp"
#include "keys/signature_algorithms.hpp"

#include <optional>

namespace sshoal::keys {

/// Returns the type with this name, or nothing for a name that sshoal does not implement.
std::optional<key_type> find_key_type(std::string_view name) noexcept;
key_type type_of(const crypto::public_numbers&) noexcept;
std::optional<crypto::curve> curve_of(key_type) noexcept;
std::string_view curve_name(crypto::curve) noexcept; ///< "nistp256", ...
std::size_t point_size(crypto::curve) noexcept;      ///< bytes of an uncompressed point

/// Checks only the form; crypto::make_verifying_key() checks whether the numbers are a key.
outcome<crypto::public_numbers> decode_public_blob(byte_view blob);
bytes encode_public_blob(const crypto::public_numbers&);

/// Returns the raw signature inside an SSH signature blob, which must name exactly this algorithm. `rsa_size` is the size of n in
/// bytes.
result<bytes> decode_signature(const signature_algorithm&, byte_view blob, std::size_t rsa_size);
bytes encode_signature(const signature_algorithm&, byte_view raw);

} // namespace sshoal::keys
