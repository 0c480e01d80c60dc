// hashed_host.hpp - hashed host names in known_hosts: HMAC-SHA1 with a random salt (OpenSSH's HashKnownHosts).
#pragma once

#include "base/bytes.hpp"

namespace sshoal::keys {

constexpr std::size_t hashed_host_size = 20; ///< bytes of the salt and of the hash

bytes hash_host(byte_view salt, std::string_view host);
bytes fresh_salt();
/// Returns "|1|salt|hash" with a fresh salt.
std::string hashed_host_field(std::string_view host);

} // namespace sshoal::keys
