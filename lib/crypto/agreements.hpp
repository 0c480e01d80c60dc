// agreements.hpp - the makers of the single key agreements, which key_agreement.cpp chooses from. Private to lib/crypto.
#pragma once

#include "crypto/curves.hpp"
#include "crypto/key_agreement.hpp"

namespace sshoal::crypto {

std::unique_ptr<key_agreement> make_curve25519_agreement(random_source& random);
std::unique_ptr<key_agreement> make_ecdh_agreement(curve group, random_source& random);
std::unique_ptr<key_agreement> make_fixed_group_agreement(int number, random_source& random);

/// A big-endian number as the mpint of RFC 4251 §5, with its length in front; leading zeros are dropped.
secure_bytes as_mpint(byte_view magnitude);

} // namespace sshoal::crypto
