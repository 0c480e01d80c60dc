// ecdh.cpp - Curve25519 (RFC 8731, RFC 7748) and the NIST curves (RFC 5656 §4). Every public value is checked before a secret is
// computed from it.
#include "crypto/agreements.hpp"
#include "crypto/botan_compat.hpp"

#include <botan/ecdh.h>
#include <botan/exceptn.h>
#include <botan/pubkey.h>
#if SSHOAL_BOTAN_3
#include <botan/x25519.h>
#else
#include <botan/curve25519.h>
#endif

namespace sshoal::crypto {
namespace {

// Both families have a private key that makes a public value and takes the other end's.
template <class Rules>
class elliptic_agreement final : public key_agreement {
public:
    elliptic_agreement(Rules rules, random_source& random) : rules_(rules), random_(random) { }

    bytes initiate() override
    {
        key_ = rules_.make_key(random_);
        return compat::to_bytes(key_->public_value());
    }

    result<secure_bytes> complete(byte_view reply) override
    {
        if (!key_)
            return errc::key_exchange_failed;
        return agree(reply);
    }

    result<response> respond(byte_view initial) override
    {
        if (!rules_.acceptable(initial)) // checked before any computation
            return errc::key_exchange_failed;
        response out;
        out.reply = initiate();
        auto secret = agree(initial);
        if (!secret)
            return secret.error();
        out.secret = std::move(*secret);
        return out;
    }

private:
    result<secure_bytes> agree(byte_view theirs)
    {
        if (!rules_.acceptable(theirs))
            return errc::key_exchange_failed;
        const auto key = std::move(key_); // an ephemeral key is used once
        botan_random random(random_);
        try {
            Botan::PK_Key_Agreement operation(*key, random, "Raw");
            const auto shared = operation.derive_key(0, octets(theirs), theirs.size()).bits_of();
            unsigned any = Rules::zero_is_sound ? 1 : 0;
            for (std::uint8_t b : shared)
                any |= b;
            if (any == 0)
                return errc::key_exchange_failed;
            return as_mpint(byte_view(reinterpret_cast<const std::byte*>(shared.data()), shared.size()));
        } catch (const Botan::Exception&) {
            return errc::key_exchange_failed;
        }
    }

    Rules rules_;
    random_source& random_;
    std::unique_ptr<typename Rules::key_type> key_;
};

struct curve25519_rules {
#if SSHOAL_BOTAN_3
    using key_type = Botan::X25519_PrivateKey;
#else
    using key_type = Botan::Curve25519_PrivateKey;
#endif

    static std::unique_ptr<key_type> make_key(random_source& random)
    {
        Botan::secure_vector<std::uint8_t> secret(32);
        random.fill(std::as_writable_bytes(std::span(secret)));
        return std::make_unique<key_type>(secret);
    }
    static bool acceptable(byte_view theirs) noexcept { return theirs.size() == 32; }
    static constexpr bool zero_is_sound = false; // only points of small order give zero (RFC 8731 §3)
};

struct nist_rules {
    using key_type = Botan::ECDH_PrivateKey;
    curve group;

    std::unique_ptr<key_type> make_key(random_source& random) const
    {
        const secure_bytes scalar = random_scalar(group, random);
        botan_random source(random);
        return std::make_unique<key_type>(source, group_of(group), compat::to_integer(scalar));
    }
    // Botan checks that the point is on the curve when it decodes the point; the point at infinity has another length.
    bool acceptable(byte_view theirs) const noexcept { return is_uncompressed_point(group, theirs); }
    static constexpr bool zero_is_sound = true; // each curve has an ordinary point with x = 0
};

} // namespace

std::unique_ptr<key_agreement> make_curve25519_agreement(random_source& random)
{
    return std::make_unique<elliptic_agreement<curve25519_rules>>(curve25519_rules{}, random);
}

std::unique_ptr<key_agreement> make_ecdh_agreement(curve group, random_source& random)
{
    return std::make_unique<elliptic_agreement<nist_rules>>(nist_rules{group}, random);
}

} // namespace sshoal::crypto
