// private_keys.hpp - from raw numbers to Botan's key objects, with the checks that Botan leaves to its callers. Private to
// lib/crypto.
#pragma once

#include "crypto/signature.hpp"

#include <botan/pk_keys.h>

#include <utility>

namespace sshoal::crypto {

/// Limits for RSA: an odd modulus of 2048 to 16384 bits, an odd exponent from 3 up to 64 bits (a longer one makes verifying as
/// slow as signing, which a stranger's key must not be able to do).
bool rsa_is_sane(byte_view n, byte_view e);

/// Throw Botan's exceptions for a point off its curve.
std::unique_ptr<Botan::Public_Key> make_public(const ed25519_public&);
std::unique_ptr<Botan::Public_Key> make_public(const ecdsa_public&);
std::unique_ptr<Botan::Public_Key> make_public(const rsa_public&);

/// Errors: bad_key, also where the public half does not belong to the private one.
result<std::unique_ptr<Botan::Private_Key>> make_private(const private_numbers&);

/// d mod p-1 and d mod q-1.
std::pair<secure_bytes, secure_bytes> crt_exponents(const rsa_private&);

/// The whole key of a private half. Errors: bad_key.
result<private_numbers> ed25519_from_seed(byte_view seed);
result<private_numbers> ecdsa_from_scalar(curve, byte_view scalar);

} // namespace sshoal::crypto
