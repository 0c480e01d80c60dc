// pbes1.hpp - the encryption of older PKCS#8 files: PBES1 (RFC 8018 §6.1) and PKCS#12's (RFC 7292 appendix C). Read only. Private to
// lib/crypto.
#pragma once

#include "crypto/der.hpp"
#include "sshoal/error.hpp"

namespace sshoal::crypto {

/// Decrypts `data`. `algorithm` is positioned behind the scheme's name. Errors: passphrase_required; bad_passphrase if the
/// padding shows that the key is wrong; unsupported_key for other schemes, such as those with RC2; bad_key.
result<secure_bytes> open_pbes1(byte_view oid, der::reader& algorithm, byte_view data, std::string_view passphrase);

} // namespace sshoal::crypto
