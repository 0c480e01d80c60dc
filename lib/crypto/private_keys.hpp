// private_keys.hpp - makes Botan's key objects from raw numbers, with the checks that Botan leaves to its callers. Private to
// lib/crypto.
#pragma once

#include "crypto/signature.hpp"

#include <botan/pk_keys.h>

#include <utility>

namespace sshoal::crypto {

/// Returns whether these can be an RSA key: an odd modulus of 1024 to 16384 bits, and an odd exponent from 3 up to 64 bits. (A longer
/// exponent would make verifying as slow as signing, and peers choose their keys.)
bool rsa_is_sane(byte_view n, byte_view e);

/// These throw Botan's exceptions for a point that is not on its curve.
std::unique_ptr<Botan::Public_Key> make_public(const ed25519_public&);
std::unique_ptr<Botan::Public_Key> make_public(const ecdsa_public&);
std::unique_ptr<Botan::Public_Key> make_public(const rsa_public&);

/// Errors: bad_key, also if the public half does not belong to the private half.
result<std::unique_ptr<Botan::Private_Key>> make_private(const private_numbers&);

/// Returns d mod p-1 and d mod q-1.
std::pair<secure_bytes, secure_bytes> crt_exponents(const rsa_private&);

/// Returns the whole key of a private half. Errors: bad_key.
result<private_numbers> ed25519_from_seed(byte_view seed);
result<private_numbers> ecdsa_from_scalar(curve, byte_view scalar);

} // namespace sshoal::crypto
