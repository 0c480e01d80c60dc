// openssh_format.hpp - the binary content of "OPENSSH PRIVATE KEY" files, openssh-key-v1 (OpenSSH's PROTOCOL.key).
#pragma once

#include "crypto/signature.hpp"

namespace sshoal::keys {

struct commented_key {
    crypto::private_numbers numbers;
    std::string comment;
};

/// Errors: bad_key, bad_passphrase, passphrase_required, unsupported_key.
outcome<commented_key> read_openssh(byte_view content, std::string_view passphrase);

/// Returns the blob of the public half, which is in clear even if the private half is encrypted. The blob is not authenticated.
/// Errors: bad_key.
outcome<byte_view> openssh_public_blob(byte_view content);

/// Returns the type and the numbers as the private section of a file has them, and a request that adds the key to an agent.
secure_bytes private_fields(const crypto::private_numbers&);

/// Writes a key file. A passphrase selects aes256-ctr, and bcrypt with 16 rounds.
secure_bytes write_openssh(const crypto::private_numbers&, std::string_view comment, std::string_view passphrase,
                           crypto::random_source&);

} // namespace sshoal::keys
