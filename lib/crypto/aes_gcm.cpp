#include "crypto/aes_gcm.hpp"

#include "base/secure.hpp"
#include "crypto/counter_mode.hpp"
#include "crypto/ghash.hpp"
#include "crypto/rng.hpp"
#include "crypto/vaes.hpp"

#include <array>

namespace sshoal::crypto {
namespace {

using ghash_maker = std::unique_ptr<ghash> (*)(const std::byte h[16]);

// A counter mode and a GHASH, one after the other. Opening hashes the whole text before it decrypts any of it.
class gcm_by_parts final : public aes_gcm {
public:
    gcm_by_parts(std::unique_ptr<counter_mode> aes, ghash_maker make_ghash) : aes_(std::move(aes))
    {
        std::byte h[16] = {};
        aes_->encrypt_block(h);
        ghash_ = make_ghash(h);
        wipe(h, sizeof h);
    }

    void seal(nonce_view nonce, byte_view associated, byte_view from, byte_span to, std::span<std::byte, 16> tag) override
    {
        counter_block counter = second_block(nonce);
        aes_->apply(counter, from, to);
        make_tag(nonce, associated, to, tag.data());
    }

    bool open(nonce_view nonce, byte_view associated, byte_view from, byte_span to, std::span<const std::byte, 16> tag) override
    {
        std::byte expected[16];
        make_tag(nonce, associated, from, expected);
        if (!equal_constant_time(expected, tag))
            return false;
        counter_block counter = second_block(nonce);
        aes_->apply(counter, from, to);
        return true;
    }

private:
    // The last four bytes count blocks: 1 masks the tag, the text begins at 2.
    static counter_block second_block(nonce_view nonce) noexcept
    {
        std::byte block[16] = {};
        std::memcpy(block, nonce.data(), nonce.size());
        block[15] = std::byte(2);
        return counter_block::load(block);
    }

    void make_tag(nonce_view nonce, byte_view associated, byte_view text, std::byte* tag)
    {
        std::byte mask[16] = {};
        std::memcpy(mask, nonce.data(), nonce.size());
        mask[15] = std::byte(1);
        aes_->encrypt_block(mask);
        ghash_->hash(associated, text, tag);
        for (std::size_t i = 0; i < 16; ++i)
            tag[i] ^= mask[i];
    }

    std::unique_ptr<counter_mode> aes_;
    std::unique_ptr<ghash> ghash_;
};

bool have_ghash_of_botan()
{
    const std::byte h[16] = {};
    return make_ghash_by_botan(h) != nullptr;
}

constexpr way<aes_gcm_maker> gcm_ways[] = {
    {"VAES and VPCLMULQDQ", make_aes_gcm_by_vaes, vaes_is_usable},
    {"AES blocks and GHASH of Botan", make_aes_gcm_by_botan_parts, have_ghash_of_botan},
};

} // namespace

std::unique_ptr<aes_gcm> make_aes_gcm_by_botan_parts(byte_view key)
{
    return std::make_unique<gcm_by_parts>(make_counter_mode_by_blocks(key), make_ghash_by_botan);
}

std::unique_ptr<aes_gcm> make_aes_gcm_by_vaes(byte_view key)
{
    return std::make_unique<gcm_by_parts>(make_counter_mode_by_vaes(key), make_ghash_by_clmul);
}

std::span<const way<aes_gcm_maker>> aes_gcm_ways() { return gcm_ways; }

bool agree(aes_gcm_maker one, aes_gcm_maker other)
{
    for (const std::size_t key_size : {16U, 32U}) {
        std::array<std::byte, 32> key;
        system_random().fill(key);
        const auto a = one(byte_view(key).first(key_size)), b = other(byte_view(key).first(key_size));
        for (const std::size_t size : {0U, 1U, 16U, 31U, 128U, 257U, 1500U}) {
            std::array<std::byte, 12> nonce;
            std::array<std::byte, 20> associated;
            system_random().fill(nonce);
            system_random().fill(associated);
            bytes plain(size);
            system_random().fill(plain);
            bytes text(size), other_text(size), back(size);
            std::array<std::byte, 16> tag, other_tag;
            a->seal(nonce, associated, plain, text, tag);
            b->seal(nonce, associated, plain, other_text, other_tag);
            if (text != other_text || tag != other_tag || !a->open(nonce, associated, text, back, tag) || back != plain)
                return false;
            tag[size % 16] ^= std::byte(1);
            if (a->open(nonce, associated, text, back, tag))
                return false;
        }
    }
    return true;
}

aes_gcm_maker chosen_aes_gcm()
{
    static const aes_gcm_maker chosen = choose_way<aes_gcm_maker>(
        "AES-GCM", gcm_ways, make_aes_gcm_by_botan, [](auto a, auto b) { return agree(a, b); }, self_checks());
    return chosen;
}

} // namespace sshoal::crypto
