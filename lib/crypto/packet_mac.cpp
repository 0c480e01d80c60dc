#include "crypto/packet_mac.hpp"

#include "crypto/botan_compat.hpp"

#include <botan/mac.h>
#if !SSHOAL_BOTAN_3
#include <botan/sha2_32.h>
#include <botan/sha2_64.h>
#endif

#include <algorithm>
#include <array>

namespace sshoal::crypto {
namespace {

class mac_by_botan final : public packet_mac {
public:
    mac_by_botan(const char* name, byte_view key) : mac_(Botan::MessageAuthenticationCode::create_or_throw(name))
    {
        mac_->set_key(octets(key), key.size());
    }

    void tag(std::uint32_t sequence, byte_view covered, std::byte* to) override
    {
        std::byte number[4];
        store_u32(number, sequence);
        mac_->update(octets(byte_view(number)), sizeof number);
        mac_->update(octets(covered), covered.size());
        mac_->final(reinterpret_cast<std::uint8_t*>(to));
    }

private:
    std::unique_ptr<Botan::MessageAuthenticationCode> mac_;
};

#if SSHOAL_BOTAN_3

constexpr bool have_states = false;

#else

constexpr bool have_states = true;

// FIPS 180-4 §5.3.
struct sha256 {
    using word = std::uint32_t;
    using function = Botan::SHA_256;
    static constexpr word start[8]
        = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
};

struct sha512 {
    using word = std::uint64_t;
    using function = Botan::SHA_512;
    static constexpr word start[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                      0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
};

template <class Hash>
class mac_by_states final : public packet_mac {
    using word = typename Hash::word;
    using state = Botan::secure_vector<word>;
    static constexpr std::size_t block = 16 * sizeof(word);
    static constexpr std::size_t length_field = 2 * sizeof(word);
    static constexpr std::size_t hash_size = 8 * sizeof(word);

public:
    explicit mac_by_states(byte_view key)
        : inner_(padded(key, std::byte(0x36)))
        , outer_(padded(key, std::byte(0x5c)))
        , work_(inner_)
    {
    }
    ~mac_by_states() override { wipe(buffer_, sizeof buffer_); }

    void tag(std::uint32_t sequence, byte_view covered, std::byte* to) override
    {
        std::copy(inner_.begin(), inner_.end(), work_.begin());
        store_u32(buffer_, sequence);
        const std::size_t size = 4 + covered.size();
        const std::size_t beginning = std::min(covered.size(), block - 4);
        std::copy_n(covered.begin(), beginning, buffer_ + 4);
        covered = covered.subspan(beginning);
        std::size_t used = 4 + beginning;
        if (used == block) {
            compress(buffer_, 1);
            const std::size_t whole = covered.size() / block;
            compress(covered.data(), whole);
            covered = covered.subspan(whole * block);
            used = covered.size();
            if (used > 0)
                std::memcpy(buffer_, covered.data(), used);
        }
        end(used, size);

        std::byte digest[hash_size];
        store_state(digest);
        std::copy(outer_.begin(), outer_.end(), work_.begin());
        std::memcpy(buffer_, digest, hash_size);
        end(hash_size, hash_size);
        store_state(to);
    }

private:
    static state padded(byte_view key, std::byte pad)
    {
        std::byte one[block];
        std::fill(std::begin(one), std::end(one), pad);
        for (std::size_t i = 0; i < key.size(); ++i)
            one[i] ^= key[i];
        state s(std::begin(Hash::start), std::end(Hash::start));
        Hash::function::compress_digest(s, reinterpret_cast<const std::uint8_t*>(one), 1);
        wipe(one, sizeof one);
        return s;
    }

    void compress(const std::byte* from, std::size_t blocks)
    {
        if (blocks > 0)
            Hash::function::compress_digest(work_, reinterpret_cast<const std::uint8_t*>(from), blocks);
    }

    // Behind `used` bytes in the buffer: the padding and the length of the whole message, to which the padded key belongs.
    void end(std::size_t used, std::size_t size)
    {
        buffer_[used++] = std::byte(0x80);
        if (used > block - length_field) {
            std::memset(buffer_ + used, 0, block - used);
            compress(buffer_, 1);
            used = 0;
        }
        std::memset(buffer_ + used, 0, block - used);
        const std::uint64_t bits = (std::uint64_t(block) + size) * 8;
        store_u32(buffer_ + block - 8, std::uint32_t(bits >> 32));
        store_u32(buffer_ + block - 4, std::uint32_t(bits));
        compress(buffer_, 1);
    }

    void store_state(std::byte* to) const
    {
        for (const word w : work_)
            for (std::size_t i = sizeof w; i-- > 0;)
                *to++ = std::byte(w >> 8 * i);
    }

    state inner_, outer_, work_;
    std::byte buffer_[block];
};

#endif

constexpr way<packet_mac_maker> mac_ways[] = {
    {"kept states of the hash", make_packet_mac_by_states, [] { return have_states; }},
};

} // namespace

std::unique_ptr<packet_mac> make_packet_mac_by_botan(std::size_t hash_size, byte_view key)
{
    return std::make_unique<mac_by_botan>(hash_size == 20   ? "HMAC(SHA-1)"
                                          : hash_size == 32 ? "HMAC(SHA-256)"
                                                            : "HMAC(SHA-512)",
                                          key);
}

std::unique_ptr<packet_mac> make_packet_mac_by_states(std::size_t hash_size, byte_view key)
{
#if !SSHOAL_BOTAN_3
    if (hash_size == 32 && key.size() <= 64)
        return std::make_unique<mac_by_states<sha256>>(key);
    if (hash_size == 64 && key.size() <= 128)
        return std::make_unique<mac_by_states<sha512>>(key);
#endif
    return make_packet_mac_by_botan(hash_size, key); // SHA-1 is off by default, and nothing is gained by a fast one
}

std::span<const way<packet_mac_maker>> packet_mac_ways() { return mac_ways; }

bool agree(packet_mac_maker one, packet_mac_maker other)
{
    for (const std::size_t hash_size : {32U, 64U}) {
        bytes key(hash_size);
        system_random().fill(key);
        const auto a = one(hash_size, key), b = other(hash_size, key);
        for (std::uint32_t size = 0; size < 600; size += size < 300 ? 7 : 61) {
            bytes message(size);
            system_random().fill(message);
            std::array<std::byte, 64> ta{}, tb{};
            a->tag(size * 77777777U, message, ta.data());
            b->tag(size * 77777777U, message, tb.data());
            if (ta != tb)
                return false;
        }
    }
    return true;
}

packet_mac_maker chosen_packet_mac()
{
    static const packet_mac_maker chosen = choose_way<packet_mac_maker>(
        "HMAC-SHA2", mac_ways, make_packet_mac_by_botan, [](auto a, auto b) { return agree(a, b); }, self_checks());
    return chosen;
}

} // namespace sshoal::crypto
