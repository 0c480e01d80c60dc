// public_half.hpp - the public half of a private key file, as far as it can be known without the passphrase.
#pragma once

#include "sshoal/key.hpp"

namespace sshoal::keys {

/// openssh-key-v1 has the public half in clear. It is not authenticated: whoever decrypts the key must compare. Errors: as
/// private_key::parse; passphrase_required where the format hides the public half together with the private one.
outcome<public_key> public_half_of_text(std::string_view text);

} // namespace sshoal::keys
