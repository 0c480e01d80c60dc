// curves.hpp - the three NIST curves for ECDH (RFC 5656 §4) and ECDSA (§3). Private to lib/crypto.
#pragma once

#include "base/secure.hpp"
#include "crypto/rng.hpp"
#include "crypto/signature.hpp"

namespace Botan {
class EC_Group;
}

namespace sshoal::crypto {

/// Returns the group of a curve. It is made once for the process, since making it costs milliseconds.
const Botan::EC_Group& group_of(curve);

/// Returns the bytes of a coordinate and of a scalar: 32, 48 or 66.
std::size_t curve_bytes(curve) noexcept;

/// Returns whether this is 0x04 || x || y of exactly the right length. Does not check whether the point is on the curve.
bool is_uncompressed_point(curve, byte_view point) noexcept;

/// Returns a scalar between 1 and the order minus one, of curve_bytes() bytes. Rejection sampling avoids a bias.
secure_bytes random_scalar(curve, random_source&);

/// Returns whether a big-endian number is between 1 and the order minus one.
bool is_scalar(curve, byte_view magnitude);

} // namespace sshoal::crypto
