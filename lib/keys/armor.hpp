// armor.hpp - the "-----BEGIN ...-----" text around private keys (RFC 7468; RFC 1421 §4.6 for the headers of encrypted blocks).
#pragma once

#include "base/secure.hpp"
#include "sshoal/error.hpp"

namespace sshoal::keys {

struct armored {
    std::string label;    ///< "OPENSSH PRIVATE KEY", ...
    std::string dek_info; ///< "AES-128-CBC,0123..." if the content is encrypted in the traditional way
    bool encrypted = false; ///< the block has the header "Proc-Type: 4,ENCRYPTED"
    secure_bytes content;
};

/// Reads the first block whose label ends with `label_end`. Text, byte order marks and other blocks around it (certificates,
/// public keys, parameters) are skipped. Errors: bad_key, unsupported_key (PuTTY's own format, UTF-16).
outcome<armored> read_armor(std::string_view text, std::string_view label_end = "PRIVATE KEY");

/// Returns the block as text with lines of 70 characters, as OpenSSH writes them.
std::string write_armor(std::string_view label, byte_view content);

} // namespace sshoal::keys
