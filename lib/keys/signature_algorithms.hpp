// signature_algorithms.hpp - which signature algorithm belongs to which key type and hash (RFC 8709, RFC 5656, RFC 8332).
#pragma once

#include "crypto/hash.hpp"
#include "sshoal/key.hpp"

namespace sshoal::keys {

struct signature_algorithm {
    std::string_view name;
    key_type type;
    crypto::hash_algorithm hash; ///< of the message; Ed25519 does its own hashing
    bool by_default;             ///< false where SHA-1 is involved
};

/// All, in order of preference.
std::span<const signature_algorithm> signature_algorithms() noexcept;

/// nullptr for an unknown name.
const signature_algorithm* find_signature_algorithm(std::string_view name) noexcept;

} // namespace sshoal::keys
