// sample_keys.hpp - keys for lines of known_hosts and authorized_keys.
#pragma once

#include "base/bytes.hpp"
#include "keys/base64.hpp"
#include "sshoal/key.hpp"

namespace sshoal::test {

/// "ssh-ed25519 AAAA..." with 32 bytes of this value: of the right form, which is all that these files ask for.
inline std::string key_line(unsigned value)
{
    bytes blob = copy_of(std::string_view("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19));
    blob.resize(blob.size() + 32, std::byte(value));
    return "ssh-ed25519 " + keys::base64(blob);
}

/// The key of key_line().
inline public_key key(unsigned value) { return public_key::from_line(key_line(value)).value(); }

} // namespace sshoal::test
