#include "crypto/private_keys.hpp"
#include "crypto/botan_compat.hpp"

#include "crypto/curves.hpp"

#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/exceptn.h>
#include <botan/rsa.h>

namespace sshoal::crypto {
namespace {

constexpr std::size_t rsa_least_bits = least_rsa_bits, rsa_least_new_bits = 2048;
constexpr std::size_t rsa_most_bits = 16384;
constexpr std::size_t rsa_most_exponent_bits = 64;

std::unique_ptr<Botan::Ed25519_PrivateKey> ed25519_key(byte_view seed)
{
#if SSHOAL_BOTAN_3
    return std::make_unique<Botan::Ed25519_PrivateKey>(
        Botan::Ed25519_PrivateKey::from_seed(std::span(octets(seed), seed.size())));
#else
    return std::make_unique<Botan::Ed25519_PrivateKey>(compat::to_secure_vector(seed));
#endif
}

std::unique_ptr<Botan::ECDSA_PrivateKey> ecdsa_key(curve group, byte_view scalar)
{
    botan_random random(system_random()); // blinds the multiplication that makes the public point
    return std::make_unique<Botan::ECDSA_PrivateKey>(random, group_of(group), compat::to_integer(scalar));
}

result<std::unique_ptr<Botan::Private_Key>> checked(const ed25519_private& k)
{
    if (k.seed.size() != 32)
        return errc::bad_key;
    auto key = ed25519_key(k.seed);
    if (!equal(k.point, compat::to_bytes(key->public_key_bits())))
        return errc::bad_key;
    return std::unique_ptr<Botan::Private_Key>(std::move(key));
}

result<std::unique_ptr<Botan::Private_Key>> checked(const ecdsa_private& k)
{
    if (!is_scalar(k.group, k.scalar) || !is_uncompressed_point(k.group, k.point))
        return errc::bad_key;
    auto key = ecdsa_key(k.group, k.scalar);
    if (!equal(k.point, compat::to_bytes(key->public_key_bits())))
        return errc::bad_key;
    return std::unique_ptr<Botan::Private_Key>(std::move(key));
}

result<std::unique_ptr<Botan::Private_Key>> checked(const rsa_private& k)
{
    if (!rsa_is_sane(k.n, k.e))
        return errc::bad_key;
    const std::size_t size = k.n.size();
    if (k.d.size() > size || k.p.size() > size || k.q.size() > size || k.iqmp.size() > size)
        return errc::bad_key;
    const Botan::BigInt n = compat::to_integer(k.n), e = compat::to_integer(k.e), d = compat::to_integer(k.d);
    const Botan::BigInt p = compat::to_integer(k.p), q = compat::to_integer(k.q), inverse = compat::to_integer(k.iqmp);
    const std::size_t least = n.bits() / 4; // a smaller factor could be derived from the other one
    if (p.bits() < least || q.bits() < least || p.is_even() || q.is_even() || p == q || p * q != n || d >= n)
        return errc::bad_key;
    if (compat::modulo(d * e, p - 1) != 1 || compat::modulo(d * e, q - 1) != 1 || inverse >= p
        || compat::modulo(inverse * q, p) != 1)
        return errc::bad_key;
    return std::unique_ptr<Botan::Private_Key>(std::make_unique<Botan::RSA_PrivateKey>(p, q, e, d, n));
}

} // namespace

bool rsa_is_sane(byte_view n, byte_view e)
{
    if (n.empty() || e.empty() || n.size() > rsa_most_bits / 8 + 8 || e.size() > 16)
        return false;
    const Botan::BigInt modulus = compat::to_integer(n), exponent = compat::to_integer(e);
    return modulus.bits() >= rsa_least_bits && modulus.bits() <= rsa_most_bits && modulus.is_odd()
        && exponent.bits() <= rsa_most_exponent_bits && exponent.is_odd() && exponent >= 3;
}

std::unique_ptr<Botan::Public_Key> make_public(const ed25519_public& k)
{
    return std::make_unique<Botan::Ed25519_PublicKey>(octets(byte_view(k.point)), k.point.size());
}

std::unique_ptr<Botan::Public_Key> make_public(const ecdsa_public& k)
{
    const Botan::EC_Group& group = group_of(k.group);
#if SSHOAL_BOTAN_3
    const auto point = Botan::EC_AffinePoint::deserialize(group, std::span(octets(byte_view(k.point)), k.point.size()));
    if (!point)
        throw Botan::Decoding_Error("not a point of the curve");
    return std::make_unique<Botan::ECDSA_PublicKey>(group, *point);
#else
    return std::make_unique<Botan::ECDSA_PublicKey>(group, group.OS2ECP(octets(byte_view(k.point)), k.point.size()));
#endif
}

std::unique_ptr<Botan::Public_Key> make_public(const rsa_public& k)
{
    return std::make_unique<Botan::RSA_PublicKey>(compat::to_integer(k.n), compat::to_integer(k.e));
}

result<std::unique_ptr<Botan::Private_Key>> make_private(const private_numbers& numbers)
{
    try {
        return std::visit([](const auto& k) { return checked(k); }, numbers);
    } catch (const Botan::Exception&) {
        return errc::bad_key;
    }
}

public_numbers public_half(const private_numbers& numbers)
{
    if (const auto* k = std::get_if<ed25519_private>(&numbers))
        return ed25519_public{k->point};
    if (const auto* k = std::get_if<ecdsa_private>(&numbers))
        return ecdsa_public{k->group, k->point};
    const auto& k = std::get<rsa_private>(numbers);
    return rsa_public{k.e, k.n};
}

std::size_t too_few_bits(const public_numbers& numbers) noexcept
{
    const auto* const rsa = std::get_if<rsa_public>(&numbers);
    if (rsa == nullptr || rsa->n.empty())
        return 0;
    std::size_t bits = rsa->n.size() * 8;
    for (auto top = std::to_integer<unsigned>(rsa->n.front()); (top & 0x80) == 0 && bits > 0; top = top << 1 | 1)
        --bits;
    return bits < rsa_least_bits ? bits : 0;
}

std::pair<secure_bytes, secure_bytes> crt_exponents(const rsa_private& k)
{
    const Botan::BigInt d = compat::to_integer(k.d);
    const Botan::BigInt p = compat::to_integer(k.p), q = compat::to_integer(k.q);
    return {compat::to_secure_bytes(compat::modulo(d, p - 1)), compat::to_secure_bytes(compat::modulo(d, q - 1))};
}

result<private_numbers> ed25519_from_seed(byte_view seed)
{
    if (seed.size() != 32)
        return errc::bad_key;
    return private_numbers(
        ed25519_private{secure_bytes(seed.begin(), seed.end()), compat::to_bytes(ed25519_key(seed)->public_key_bits())});
}

result<private_numbers> ecdsa_from_scalar(curve group, byte_view scalar)
{
    if (!is_scalar(group, scalar))
        return errc::bad_key;
    const auto key = ecdsa_key(group, scalar);
    while (scalar.front() == std::byte(0))
        scalar = scalar.subspan(1);
    return private_numbers(
        ecdsa_private{group, compat::to_bytes(key->public_key_bits()), secure_bytes(scalar.begin(), scalar.end())});
}

private_numbers generate_ed25519(random_source& random)
{
    secure_bytes seed(32);
    random.fill(seed);
    return *ed25519_from_seed(seed);
}

private_numbers generate_ecdsa(curve group, random_source& random)
{
    return *ecdsa_from_scalar(group, random_scalar(group, random));
}

result<private_numbers> generate_rsa(std::size_t bits, random_source& random)
{
    if (bits < rsa_least_new_bits || bits > rsa_most_bits)
        return errc::invalid_argument;
    botan_random source(random);
    const Botan::RSA_PrivateKey key(source, bits);
    return private_numbers(rsa_private{compat::to_bytes(key.get_n()), compat::to_bytes(key.get_e()),
                                       compat::to_secure_bytes(key.get_d()), compat::to_secure_bytes(key.get_p()),
                                       compat::to_secure_bytes(key.get_q()), compat::to_secure_bytes(key.get_c())});
}

} // namespace sshoal::crypto
