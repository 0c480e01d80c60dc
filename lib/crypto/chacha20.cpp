#include "crypto/chacha20.hpp"

#include "crypto/botan_compat.hpp"

#include <botan/stream_cipher.h>

#include <array>

namespace sshoal::crypto {
namespace {

class chacha20_by_botan final : public chacha20 {
public:
    explicit chacha20_by_botan(std::span<const std::byte, 32> key) : cipher_(Botan::StreamCipher::create_or_throw("ChaCha(20)"))
    {
        cipher_->set_key(octets(byte_view(key)), key.size());
    }

    void apply(nonce_view nonce, std::uint32_t block, byte_view from, byte_span to) override
    {
        // The body of a packet begins behind the block that gives the key of its tag.
        if (block == 0 || block != next_block_ || !equal(nonce, next_nonce_)) {
            cipher_->set_iv(octets(byte_view(nonce)), nonce.size());
            if (block > 0)
                cipher_->seek(std::uint64_t(block) * 64);
        }
        cipher_->cipher(octets(from), octets(to), from.size());
        std::memcpy(next_nonce_.data(), nonce.data(), nonce.size());
        next_block_ = from.size() % 64 == 0 ? block + std::uint32_t(from.size() / 64) : 0;
    }

private:
    std::unique_ptr<Botan::StreamCipher> cipher_;
    std::array<std::byte, 8> next_nonce_{};
    std::uint32_t next_block_ = 0; // next block of the cipher; 0: in the middle of a block, or not started
};

constexpr way<chacha20_maker> chacha_ways[] = {
    {"AVX-512", make_chacha20_by_avx512, avx512_is_usable},
};

} // namespace

std::unique_ptr<chacha20> make_chacha20_by_botan(std::span<const std::byte, 32> key)
{
    return std::make_unique<chacha20_by_botan>(key);
}

std::span<const way<chacha20_maker>> chacha20_ways() { return chacha_ways; }

bool agree(chacha20_maker one, chacha20_maker other)
{
    std::array<std::byte, 32> key;
    system_random().fill(key);
    const auto a = one(key), b = other(key);
    std::uint32_t block = 0;
    for (const std::size_t size : {0U, 1U, 64U, 65U, 127U, 300U, 1023U, 1024U, 2500U}) {
        std::array<std::byte, 8> nonce;
        system_random().fill(nonce);
        bytes text(size), ta(size), tb(size);
        system_random().fill(text);
        a->apply(nonce, block, text, ta);
        b->apply(nonce, block, text, tb);
        if (ta != tb)
            return false;
        block = block * 3 + 1;
    }
    return true;
}

chacha20_maker chosen_chacha20()
{
    static const chacha20_maker chosen = choose_way<chacha20_maker>(
        "ChaCha20", chacha_ways, make_chacha20_by_botan, [](auto a, auto b) { return agree(a, b); }, self_checks());
    return chosen;
}

} // namespace sshoal::crypto
