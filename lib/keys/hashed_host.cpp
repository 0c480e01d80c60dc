#include "keys/hashed_host.hpp"

#include "crypto/hash.hpp"
#include "crypto/rng.hpp"
#include "keys/base64.hpp"

namespace sshoal::keys {

bytes hash_host(byte_view salt, std::string_view host)
{
    return crypto::hmac(crypto::hash_algorithm::sha1, salt, {view_of(host)});
}

bytes fresh_salt()
{
    bytes salt(hashed_host_size);
    crypto::system_random().fill(salt);
    return salt;
}

std::string hashed_host_field(std::string_view host)
{
    const bytes salt = fresh_salt();
    return "|1|" + base64(salt) + '|' + base64(hash_host(salt, host));
}

} // namespace sshoal::keys
