// pbes2.hpp - password-based encryption of PKCS#8 files (RFC 8018 §6.2, scrypt: RFC 7914). Private to lib/crypto.
#pragma once

#include "base/secure.hpp"
#include "sshoal/error.hpp"

namespace sshoal::crypto {

/// Decrypts the data of an EncryptedPrivateKeyInfo, by PBES2 or one of its predecessors (pbes1.hpp). Errors: passphrase_required;
/// bad_passphrase if the padding shows that the key is wrong; unsupported_key for other schemes; bad_key for damaged parameters
/// and for parameters that need minutes or more than 64 MiB.
result<secure_bytes> open_encrypted_info(byte_view encrypted_private_key_info, std::string_view passphrase);

} // namespace sshoal::crypto
