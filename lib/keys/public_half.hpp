// public_half.hpp - reads the public half of a private key file, if the format stores it in clear.
#pragma once

#include "sshoal/key.hpp"

namespace sshoal::keys {

/// openssh-key-v1 has the public half in clear. It is not authenticated: code that decrypts the key must compare both halves.
/// Errors: those of private_key::parse(); passphrase_required if the format encrypts the public half too.
outcome<public_key> public_half_of_text(std::string_view text);

} // namespace sshoal::keys
