// curves.hpp - the three NIST curves as both ECDH (RFC 5656 §4) and ECDSA (§3) need them. Private to lib/crypto.
#pragma once

#include "base/secure.hpp"
#include "crypto/rng.hpp"
#include "crypto/signature.hpp"

namespace Botan {
class EC_Group;
}

namespace sshoal::crypto {

/// Made once for the process: setting one up costs milliseconds.
const Botan::EC_Group& group_of(curve);

/// Bytes of a coordinate, and of a scalar: 32, 48, 66.
std::size_t curve_bytes(curve) noexcept;

/// Whether this is 0x04 || x || y of exactly the right length. Says nothing about whether the point is on the curve.
bool is_uncompressed_point(curve, byte_view point) noexcept;

/// A scalar between 1 and the order less one, by rejection, so that it has no bias; curve_bytes() long.
secure_bytes random_scalar(curve, random_source&);

/// Whether a big-endian number is between 1 and the order less one.
bool is_scalar(curve, byte_view magnitude);

} // namespace sshoal::crypto
