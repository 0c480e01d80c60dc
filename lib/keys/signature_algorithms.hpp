// signature_algorithms.hpp - the signature algorithms with their key types and hashes (RFC 8709, RFC 5656, RFC 8332).
#pragma once

#include "crypto/hash.hpp"
#include "sshoal/key.hpp"

namespace sshoal::keys {

struct signature_algorithm {
    std::string_view name;
    key_type type;
    crypto::hash_algorithm hash; ///< hash of the message; unused for Ed25519, which has its own
    bool by_default;             ///< false for algorithms with SHA-1
};

/// Returns all algorithms in order of preference.
std::span<const signature_algorithm> signature_algorithms() noexcept;

/// Returns nullptr for an unknown name.
const signature_algorithm* find_signature_algorithm(std::string_view name) noexcept;

} // namespace sshoal::keys
