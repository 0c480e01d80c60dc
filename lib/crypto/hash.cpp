#include "crypto/hash.hpp"

#include <botan/hash.h>
#include <botan/mac.h>

#include <array>

namespace sshoal::crypto {
namespace {

struct description {
    const char* name;
    const char* hmac_name;
    std::size_t size;
};

const description& describe(hash_algorithm h) noexcept
{
    static constexpr std::array<description, 6> known{{
        {"SHA-1", "HMAC(SHA-1)", 20},
        {"SHA-256", "HMAC(SHA-256)", 32},
        {"SHA-384", "HMAC(SHA-384)", 48},
        {"SHA-512", "HMAC(SHA-512)", 64},
        {"MD5", "HMAC(MD5)", 16},
        {"SHA-224", "HMAC(SHA-224)", 28},
    }};
    return known[static_cast<std::size_t>(h)];
}

} // namespace

std::size_t digest_size(hash_algorithm h) noexcept { return describe(h).size; }

bytes digest(hash_algorithm h, std::initializer_list<byte_view> parts)
{
    auto hash = Botan::HashFunction::create_or_throw(describe(h).name);
    for (byte_view part : parts)
        hash->update(octets(part), part.size());
    bytes out(describe(h).size);
    hash->final(octets(out));
    return out;
}

struct running_digest::state {
    explicit state(hash_algorithm h) : hash(Botan::HashFunction::create_or_throw(describe(h).name)), size(describe(h).size) {}
    std::unique_ptr<Botan::HashFunction> hash;
    std::size_t size;
};

running_digest::running_digest(hash_algorithm h) : state_(std::make_unique<state>(h)) {}
running_digest::~running_digest() = default;
void running_digest::update(byte_view data) { state_->hash->update(octets(data), data.size()); }
bytes running_digest::finish()
{
    bytes out(state_->size);
    state_->hash->final(octets(out));
    return out;
}

bytes hmac(hash_algorithm h, byte_view key, std::initializer_list<byte_view> parts)
{
    auto mac = Botan::MessageAuthenticationCode::create_or_throw(describe(h).hmac_name);
    mac->set_key(octets(key), key.size());
    for (byte_view part : parts)
        mac->update(octets(part), part.size());
    bytes out(describe(h).size);
    mac->final(octets(out));
    return out;
}

secure_bytes derive_key(hash_algorithm h, byte_view shared_secret, byte_view exchange_hash, char letter, byte_view session_id,
                        std::size_t size)
{
    const std::size_t step = describe(h).size;
    auto hash = Botan::HashFunction::create_or_throw(describe(h).name);
    secure_bytes key;
    key.reserve(size + step);
    while (key.size() < size) {
        hash->update(octets(shared_secret), shared_secret.size());
        hash->update(octets(exchange_hash), exchange_hash.size());
        if (key.empty()) {
            hash->update(static_cast<std::uint8_t>(letter));
            hash->update(octets(session_id), session_id.size());
        } else {
            hash->update(reinterpret_cast<const std::uint8_t*>(key.data()), key.size()); // all that is there so far
        }
        const std::size_t had = key.size();
        key.resize(had + step);
        hash->final(reinterpret_cast<std::uint8_t*>(key.data() + had));
    }
    key.resize(size);
    return key;
}

} // namespace sshoal::crypto
