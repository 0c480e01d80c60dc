// ec_parameters.hpp - reads the curve of a key from a key file (RFC 3279 §2.3.5, RFC 5480 §2.1.1). Private to lib/crypto.
#pragma once

#include "crypto/der.hpp"
#include "crypto/signature.hpp"

namespace sshoal::crypto {

std::string_view curve_oid(curve) noexcept;

/// Reads the only value of `parameters`: the name of a curve, or numbers, which must be exactly those of a named curve.
/// Errors: unsupported_key for other curves; bad_key.
result<curve> read_ec_parameters(der::reader& parameters);

} // namespace sshoal::crypto
