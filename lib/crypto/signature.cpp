#include "crypto/signature.hpp"
#include "crypto/botan_compat.hpp"
#include "crypto/curves.hpp"
#include "crypto/private_keys.hpp"

#include <botan/exceptn.h>
#include <botan/pubkey.h>

#include <array>
#include <mutex>

namespace sshoal::crypto {
namespace {

// Returns null for hashes that SSH signatures do not use (RFC 8332 §3).
const char* rsa_padding(hash_algorithm hash) noexcept
{
    switch (hash) {
    case hash_algorithm::sha1: return "EMSA_PKCS1(SHA-1)";
    case hash_algorithm::sha256: return "EMSA_PKCS1(SHA-256)";
    case hash_algorithm::sha512: return "EMSA_PKCS1(SHA-512)";
    default: return nullptr;
    }
}

const char* ecdsa_padding(curve c) noexcept
{
    return c == curve::nistp256 ? "EMSA1(SHA-256)" : c == curve::nistp384 ? "EMSA1(SHA-384)" : "EMSA1(SHA-512)";
}

// RFC 8032 §5.1.7: S is less than the group's order. Botan 2.19 does not check this, so a third party could change a signature
// into another valid form.
bool ed25519_scalar_is_reduced(byte_view signature) noexcept
{
    static constexpr std::uint8_t order[32]
        = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
           0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    for (std::size_t i = 32; i-- > 0;)
        if (const auto s = std::to_integer<std::uint8_t>(signature[32 + i]); s != order[i])
            return s < order[i];
    return false;
}

/// The padding of a message for a key; the caller chooses the hash for RSA, other keys have their own.
struct padding_rule {
    const char* own = nullptr; // null for RSA
    const char* operator()(hash_algorithm hash) const noexcept { return own ? own : rsa_padding(hash); }
};

class botan_verifying_key final : public verifying_key {
public:
    botan_verifying_key(std::unique_ptr<Botan::Public_Key> key, padding_rule padding, std::size_t size)
        : key_(std::move(key))
        , padding_(padding)
        , size_(size)
        , ed25519_(key_->algo_name() == "Ed25519")
    {
    }

    bool verify(hash_algorithm hash, byte_view message, byte_view signature) const override
    {
        const char* padding = padding_(hash);
        if (!padding || signature.empty() || signature.size() > size_)
            return false;
        if (ed25519_ && (signature.size() != size_ || !ed25519_scalar_is_reduced(signature)))
            return false;
        try {
            Botan::PK_Verifier verifier(*key_, padding);
            verifier.update(octets(message), message.size());
            if (signature.size() == size_)
                return verifier.check_signature(octets(signature), signature.size());
            if (padding_.own)
                return false;
            // An RSA signature is a number, and some implementations leave out its leading zeros (RFC 4253 §6.6 only says
            // "integer").
            bytes padded(size_);
            std::copy(signature.begin(), signature.end(), padded.end() - std::ptrdiff_t(signature.size()));
            return verifier.check_signature(octets(byte_view(padded)), padded.size());
        } catch (const std::exception&) {
            return false;
        }
    }

private:
    std::unique_ptr<Botan::Public_Key> key_;
    padding_rule padding_;
    std::size_t size_;
    bool ed25519_;
};

// Setting up a signer costs as much as a third of an Ed25519 signature, and for RSA (blinding) much more; but a signer serves
// one thread at a time. So each hash has one kept signer; a thread that finds it busy makes a temporary one.
class botan_signing_key final : public signing_key {
public:
    botan_signing_key(std::unique_ptr<Botan::Private_Key> key, padding_rule padding) : key_(std::move(key)), padding_(padding) { }

    bytes sign(hash_algorithm hash, byte_view message, random_source& random) const override
    {
        const char* padding = padding_(hash);
        if (!padding)
            return {};
        slot& mine = slots_[padding_.own ? 0 : static_cast<std::size_t>(hash)];
        try {
            if (std::unique_lock lock(mine.busy, std::try_to_lock); lock) {
                if (!mine.signer)
                    mine.signer = std::make_unique<Botan::PK_Signer>(*key_, blinding_random_, padding);
                try {
                    return sign_with(*mine.signer, message, random);
                } catch (...) {
                    mine.signer.reset(); // it may hold a part of the message
                    throw;
                }
            }
            Botan::PK_Signer signer(*key_, blinding_random_, padding);
            return sign_with(signer, message, random);
        } catch (const Botan::Exception&) {
            return {};
        }
    }

private:
    static bytes sign_with(Botan::PK_Signer& signer, byte_view message, random_source& random)
    {
        botan_random source(random);
        signer.update(octets(message), message.size());
        return compat::to_bytes(signer.signature(source));
    }

    struct slot {
        std::mutex busy;
        std::unique_ptr<Botan::PK_Signer> signer;
    };

    std::unique_ptr<Botan::Private_Key> key_;
    padding_rule padding_;
    mutable botan_random blinding_random_{system_random()}; // blinding for kept signers, on any thread
    mutable std::array<slot, 4> slots_; // by hash_algorithm up to sha512
};

result<std::unique_ptr<verifying_key>> verifying(const ed25519_public& key)
{
    if (key.point.size() != 32)
        return errc::bad_key;
    return std::unique_ptr<verifying_key>(std::make_unique<botan_verifying_key>(make_public(key), padding_rule{"Pure"}, 64));
}

result<std::unique_ptr<verifying_key>> verifying(const ecdsa_public& key)
{
    if (!is_uncompressed_point(key.group, key.point))
        return errc::bad_key;
    return std::unique_ptr<verifying_key>(std::make_unique<botan_verifying_key>(
        make_public(key), padding_rule{ecdsa_padding(key.group)}, 2 * curve_bytes(key.group)));
}

result<std::unique_ptr<verifying_key>> verifying(const rsa_public& key)
{
    if (!rsa_is_sane(key.n, key.e))
        return errc::bad_key;
    const std::size_t size = compat::to_integer(key.n).bytes();
    return std::unique_ptr<verifying_key>(std::make_unique<botan_verifying_key>(make_public(key), padding_rule{}, size));
}

padding_rule padding_of(const private_numbers& key) noexcept
{
    if (std::holds_alternative<ed25519_private>(key))
        return {"Pure"};
    if (const auto* ec = std::get_if<ecdsa_private>(&key))
        return {ecdsa_padding(ec->group)};
    return {};
}

} // namespace

result<std::unique_ptr<verifying_key>> make_verifying_key(const public_numbers& numbers)
{
    try {
        return std::visit([](const auto& key) { return verifying(key); }, numbers);
    } catch (const Botan::Exception&) { // thrown for a point that is not on its curve
        return errc::bad_key;
    }
}

result<std::unique_ptr<signing_key>> make_signing_key(const private_numbers& numbers)
{
    auto key = make_private(numbers);
    if (!key)
        return key.error();
    return std::unique_ptr<signing_key>(std::make_unique<botan_signing_key>(std::move(*key), padding_of(numbers)));
}

} // namespace sshoal::crypto
