// packet_chacha.cpp - chacha20-poly1305@openssh.com (OpenSSH's PROTOCOL.chacha20poly1305): two ChaCha20 with 64-bit nonces, one
// for the length and one for the rest; the first block of the second gives the Poly1305 key.
#include "base/secure.hpp"
#include "crypto/chacha20.hpp"
#include "crypto/packet_protections.hpp"
#include "crypto/poly1305.hpp"

#include <array>
#include <cassert>

namespace sshoal::crypto {
namespace {

constexpr packet_shape chacha_shape{.block_size = 8, .tag_size = 16, .head_size = 4, .length_is_padded = false};

class chacha_keys {
public:
    explicit chacha_keys(byte_view key)
        : body_(make_chacha20(key.first<32>()))
        , length_(make_chacha20(key.subspan<32, 32>()))
        , poly1305_(chosen_poly1305())
    {
    }

    void apply_to_length(std::uint32_t sequence, byte_span four) { length_->apply(nonce_of(sequence), 0, four, four); }

    /// The first block gives the key of the tag.
    void apply_to_body(std::uint32_t sequence, byte_span body) { body_->apply(nonce_of(sequence), 1, body, body); }

    void tag(std::uint32_t sequence, byte_view covered, std::span<std::byte, 16> to)
    {
        std::byte first_block[64] = {};
        body_->apply(nonce_of(sequence), 0, first_block, first_block);
        poly1305_(byte_view(first_block).first<32>(), covered, to);
        wipe(first_block, sizeof first_block);
    }

private:
    static std::array<std::byte, 8> nonce_of(std::uint32_t sequence) noexcept
    {
        std::array<std::byte, 8> nonce{};
        store_u32(nonce.data() + 4, sequence);
        return nonce;
    }

    std::unique_ptr<chacha20> body_, length_;
    poly1305_function poly1305_;
};

class chacha_sealer final : public packet_sealer {
public:
    explicit chacha_sealer(const packet_keys& keys) : keys_(keys.key) { shape_ = chacha_shape; }

    void seal(std::uint32_t sequence, byte_span packet) override
    {
        assert(well_formed(shape_, packet.size()));
        const byte_span covered = packet.first(packet.size() - 16);
        keys_.apply_to_length(sequence, packet.first(4));
        keys_.apply_to_body(sequence, covered.subspan(4));
        keys_.tag(sequence, covered, packet.last<16>());
    }

private:
    chacha_keys keys_;
};

class chacha_opener final : public packet_opener {
public:
    explicit chacha_opener(const packet_keys& keys) : keys_(keys.key) { shape_ = chacha_shape; }

    // The tag covers the encrypted length, so the packet is not changed until the tag has been checked.
    std::uint32_t open_length(std::uint32_t sequence, byte_span head) override
    {
        std::memcpy(length_, head.data(), 4);
        keys_.apply_to_length(sequence, length_);
        return load_u32(length_);
    }

    bool open(std::uint32_t sequence, byte_span packet) override
    {
        if (!well_formed(shape_, packet.size()))
            return false;
        const byte_span covered = packet.first(packet.size() - 16);
        std::byte expected[16];
        keys_.tag(sequence, covered, expected);
        if (!equal_constant_time(expected, packet.last(16)))
            return false;
        std::memcpy(packet.data(), length_, 4);
        keys_.apply_to_body(sequence, covered.subspan(4));
        return true;
    }

private:
    chacha_keys keys_;
    std::byte length_[4] = {};
};

} // namespace

std::unique_ptr<packet_sealer> make_chacha_sealer(const packet_keys& keys) { return std::make_unique<chacha_sealer>(keys); }
std::unique_ptr<packet_opener> make_chacha_opener(const packet_keys& keys) { return std::make_unique<chacha_opener>(keys); }

} // namespace sshoal::crypto
