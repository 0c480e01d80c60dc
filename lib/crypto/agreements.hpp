// agreements.hpp - the functions that make the key agreements; key_agreement.cpp chooses among them. Private to lib/crypto.
#pragma once

#include "crypto/curves.hpp"
#include "crypto/key_agreement.hpp"

namespace sshoal::crypto {

std::unique_ptr<key_agreement> make_curve25519_agreement(random_source& random);
std::unique_ptr<key_agreement> make_ecdh_agreement(curve group, random_source& random);
std::unique_ptr<key_agreement> make_fixed_group_agreement(int number, random_source& random);

/// Returns a big-endian number as an mpint of RFC 4251 §5 with its length; leading zeros are dropped.
secure_bytes as_mpint(byte_view magnitude);

} // namespace sshoal::crypto
