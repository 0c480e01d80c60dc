// pem_format.hpp - private keys in PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 A.1.2) and SEC1 (RFC 5915), as OpenSSL writes them.
#pragma once

#include "crypto/signature.hpp"
#include "keys/armor.hpp"

namespace sshoal::keys {

/// Reads the key in the format that the label of the block names. Errors: bad_key, bad_passphrase, passphrase_required,
/// unsupported_key.
outcome<crypto::private_numbers> read_pem(const armored& block, std::string_view passphrase);

} // namespace sshoal::keys
