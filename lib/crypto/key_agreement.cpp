#include "crypto/key_agreement.hpp"

#include "crypto/agreements.hpp"

#include <algorithm>
#include <array>

namespace sshoal::crypto {
namespace {

// Curve25519 first, as the cheapest; the finite fields by strength for what they cost. Group exchange comes before the fixed
// groups as in OpenSSH; group 14 is last, because 112 bits are the least that is still acceptable.
constexpr std::array<kex_info, 9> known_methods{{
    {"curve25519-sha256", kex_shape::octet_strings, hash_algorithm::sha256},
    {"curve25519-sha256@libssh.org", kex_shape::octet_strings, hash_algorithm::sha256},
    {"ecdh-sha2-nistp256", kex_shape::octet_strings, hash_algorithm::sha256},
    {"ecdh-sha2-nistp384", kex_shape::octet_strings, hash_algorithm::sha384},
    {"ecdh-sha2-nistp521", kex_shape::octet_strings, hash_algorithm::sha512},
    {"diffie-hellman-group-exchange-sha256", kex_shape::group_exchange, hash_algorithm::sha256},
    {"diffie-hellman-group16-sha512", kex_shape::dh, hash_algorithm::sha512},
    {"diffie-hellman-group18-sha512", kex_shape::dh, hash_algorithm::sha512},
    {"diffie-hellman-group14-sha256", kex_shape::dh, hash_algorithm::sha256},
}};

} // namespace

std::span<const kex_info> kex_methods() noexcept { return known_methods; }

const kex_info* find_kex(std::string_view name) noexcept
{
    const auto it = std::ranges::find(known_methods, name, &kex_info::name);
    return it == known_methods.end() ? nullptr : &*it;
}

std::unique_ptr<key_agreement> make_key_agreement(const kex_info& method, random_source& random)
{
    if (method.shape == kex_shape::dh)
        return make_fixed_group_agreement(method.name.find("14-") != std::string_view::npos       ? 14
                                              : method.name.find("16-") != std::string_view::npos ? 16
                                                                                                  : 18,
                                          random);
    if (method.name.starts_with("curve25519-"))
        return make_curve25519_agreement(random);
    if (method.name.ends_with("-nistp256"))
        return make_ecdh_agreement(curve::nistp256, random);
    if (method.name.ends_with("-nistp384"))
        return make_ecdh_agreement(curve::nistp384, random);
    if (method.name.ends_with("-nistp521"))
        return make_ecdh_agreement(curve::nistp521, random);
    return nullptr;
}

secure_bytes as_mpint(byte_view magnitude)
{
    while (!magnitude.empty() && magnitude.front() == std::byte(0))
        magnitude = magnitude.subspan(1);
    const bool sign = !magnitude.empty() && (magnitude.front() & std::byte(0x80)) != std::byte(0);
    secure_bytes out(4 + (sign ? 1 : 0) + magnitude.size());
    store_u32(out.data(), std::uint32_t(out.size() - 4));
    std::copy(magnitude.begin(), magnitude.end(), out.end() - std::ptrdiff_t(magnitude.size()));
    return out;
}

} // namespace sshoal::crypto
