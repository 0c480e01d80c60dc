// ec_parameters.hpp - how key files say which curve a key is on (RFC 3279 §2.3.5, RFC 5480 §2.1.1). Private to lib/crypto.
#pragma once

#include "crypto/der.hpp"
#include "crypto/signature.hpp"

namespace sshoal::crypto {

std::string_view curve_oid(curve) noexcept;

/// The only value of `parameters`: a curve's name, or its numbers, which must be exactly those of a curve that has a name.
/// Errors: unsupported_key for other curves; bad_key.
result<curve> read_ec_parameters(der::reader& parameters);

} // namespace sshoal::crypto
