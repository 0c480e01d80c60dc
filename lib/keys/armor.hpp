// armor.hpp - the "-----BEGIN ...-----" text around private keys (RFC 7468; RFC 1421 §4.6 for the headers of encrypted ones).
#pragma once

#include "base/secure.hpp"
#include "sshoal/error.hpp"

namespace sshoal::keys {

struct armored {
    std::string label;    ///< "OPENSSH PRIVATE KEY", ...
    std::string dek_info; ///< "AES-128-CBC,0123...", where the content is encrypted in the traditional way
    bool encrypted = false; ///< a header "Proc-Type: 4,ENCRYPTED" is there
    secure_bytes content;
};

/// Reads the first block whose label ends so. Text and other blocks before and behind it (certificates, public keys, parameters)
/// are skipped, and so are byte order marks. Errors: bad_key, unsupported_key (PuTTY's own format, UTF-16).
outcome<armored> read_armor(std::string_view text, std::string_view label_end = "PRIVATE KEY");

/// Lines of 70 characters, as OpenSSH writes them.
std::string write_armor(std::string_view label, byte_view content);

} // namespace sshoal::keys
