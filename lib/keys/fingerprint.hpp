// fingerprint.hpp - digests of keys by the names that FingerprintHash has.
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string_view>

namespace sshoal::keys {

struct key_digest {
    std::string_view hash; ///< "SHA256"
    bytes sum;
};

/// Returns: nothing for a hash of another name than "MD5", "SHA1", "SHA256", "SHA384" and "SHA512", in any case.
std::optional<key_digest> digest_of_key(byte_view blob, std::string_view hash);

} // namespace sshoal::keys
