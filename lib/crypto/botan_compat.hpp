// botan_compat.hpp - hides the differences between Botan 2.19 and Botan 3 from the rest of this room. Private to lib/crypto: no
// other header of the room includes it.
#pragma once

#include "base/bytes.hpp"
#include "base/secure.hpp"
#include "crypto/rng.hpp"

#include <botan/bigint.h>
#include <botan/block_cipher.h>
#include <botan/build.h>
#include <botan/cipher_mode.h>
#include <botan/ec_group.h>
#include <botan/rng.h>
#include <botan/version.h>

#define SSHOAL_BOTAN_3 (BOTAN_VERSION_MAJOR >= 3)

#include <botan/dl_group.h>
#if !SSHOAL_BOTAN_3
#include <botan/divide.h>
#include <botan/numthry.h>
#endif

#include <stdexcept>
#include <string>

namespace sshoal::crypto {

/// A random_source with the interface that Botan's classes expect.
class botan_random final : public Botan::RandomNumberGenerator {
public:
    explicit botan_random(random_source& from) noexcept : from_(from) { }

    std::string name() const override { return "sshoal"; }
    bool accepts_input() const override { return false; }
    bool is_seeded() const override { return true; }
    void clear() override { }

#if SSHOAL_BOTAN_3
protected:
    void fill_bytes_with_input(std::span<std::uint8_t> output, std::span<const std::uint8_t>) override
    {
        from_.fill(std::as_writable_bytes(output));
    }
#else
    void randomize(std::uint8_t output[], std::size_t length) override
    {
        from_.fill(std::as_writable_bytes(std::span(output, length)));
    }
    void add_entropy(const std::uint8_t[], std::size_t) override { }
#endif

private:
    random_source& from_;
};

namespace compat {

#if SSHOAL_BOTAN_3
inline constexpr auto encryption = Botan::Cipher_Dir::Encryption;
inline constexpr auto decryption = Botan::Cipher_Dir::Decryption;
#else
inline constexpr auto encryption = Botan::ENCRYPTION;
inline constexpr auto decryption = Botan::DECRYPTION;
#endif

inline Botan::EC_Group named_ec_group(const char* name)
{
#if SSHOAL_BOTAN_3
    return Botan::EC_Group::from_name(name);
#else
    return Botan::EC_Group(std::string(name));
#endif
}

inline Botan::DL_Group named_dl_group(const char* name)
{
#if SSHOAL_BOTAN_3
    return Botan::DL_Group::from_name(name);
#else
    return Botan::DL_Group(std::string(name));
#endif
}

inline Botan::BigInt to_integer(byte_view magnitude) { return Botan::BigInt(octets(magnitude), magnitude.size()); }

inline bytes to_bytes(const Botan::BigInt& value)
{
    bytes out(value.bytes());
#if SSHOAL_BOTAN_3
    value.serialize_to(std::span(octets(out), out.size()));
#else
    value.binary_encode(octets(out));
#endif
    return out;
}

inline secure_bytes to_secure_bytes(const Botan::BigInt& value)
{
    secure_bytes out(value.bytes());
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
#if SSHOAL_BOTAN_3
    value.serialize_to(std::span(to, out.size()));
#else
    value.binary_encode(to);
#endif
    return out;
}

template <class Octets>
secure_bytes to_secure_bytes(const Octets& from)
{
    const auto* first = reinterpret_cast<const std::byte*>(from.data());
    return secure_bytes(first, first + from.size());
}

template <class Octets>
bytes to_bytes(const Octets& from)
{
    const auto* first = reinterpret_cast<const std::byte*>(from.data());
    return bytes(first, first + from.size());
}

inline Botan::secure_vector<std::uint8_t> to_secure_vector(byte_view from)
{
    return Botan::secure_vector<std::uint8_t>(octets(from), octets(from) + from.size());
}

/// Returns x mod m. Botan 2.19's operator% never returns for some numbers if the highest word of m is all ones, as in the primes
/// of RFC 3526 and possibly in a key; its constant-time division works.
inline Botan::BigInt modulo(const Botan::BigInt& x, const Botan::BigInt& m)
{
#if SSHOAL_BOTAN_3
    return x % m;
#else
    return Botan::ct_modulo(x, m);
#endif
}

/// Exponentiation modulo one odd number. The duration does not depend on the exponent.
class modular_power {
public:
#if SSHOAL_BOTAN_3
    modular_power(const Botan::BigInt& p, const Botan::BigInt& g) : group_(p, g) { }
    const Botan::BigInt& p() const { return group_.get_p(); }
    const Botan::BigInt& g() const { return group_.get_g(); }
    Botan::BigInt raise(const Botan::BigInt& base, const Botan::BigInt& exponent, std::size_t bits) const
    {
        return group_.power_b_p(base, exponent, bits);
    }

private:
    Botan::DL_Group group_;
#else
    modular_power(const Botan::BigInt& p, const Botan::BigInt& g) : p_(p), g_(g) { }
    const Botan::BigInt& p() const { return p_; }
    const Botan::BigInt& g() const { return g_; }
    Botan::BigInt raise(const Botan::BigInt& base, const Botan::BigInt& exponent, std::size_t) const
    {
        return Botan::power_mod(base, exponent, p_);
    }

private:
    Botan::BigInt p_, g_;
#endif
};

} // namespace compat
} // namespace sshoal::crypto
