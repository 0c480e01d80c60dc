// chacha20-poly1305@openssh.com (OpenSSH's PROTOCOL.chacha20poly1305): two ChaCha20 with 64-bit nonces, one for the length and
// one for the rest, and a Poly1305 key from the first block of the second.
#include "crypto/botan_compat.hpp"
#include "crypto/packet_protections.hpp"
#include "crypto/poly1305.hpp"

#include <botan/stream_cipher.h>

#include <cassert>

namespace sshoal::crypto {
namespace {

constexpr packet_shape chacha_shape{.block_size = 8, .tag_size = 16, .head_size = 4, .length_is_padded = false};

class chacha_keys {
public:
    explicit chacha_keys(byte_view key)
        : body_(Botan::StreamCipher::create_or_throw("ChaCha(20)"))
        , length_(Botan::StreamCipher::create_or_throw("ChaCha(20)"))
        , poly1305_(chosen_poly1305())
    {
        body_->set_key(octets(key), 32);
        length_->set_key(octets(key) + 32, 32);
    }
    ~chacha_keys() { wipe(first_block_, sizeof first_block_); }
    chacha_keys(const chacha_keys&) = delete;
    chacha_keys& operator=(const chacha_keys&) = delete;

    void apply_to_length(std::uint32_t sequence, std::byte* four)
    {
        set_nonce(*length_, sequence);
        length_->cipher1(reinterpret_cast<std::uint8_t*>(four), 4);
    }

    /// Puts the body's key stream at its second block, and remembers the first, which has the key of the tag.
    void start(std::uint32_t sequence)
    {
        set_nonce(*body_, sequence);
        std::memset(first_block_, 0, sizeof first_block_);
        body_->cipher1(reinterpret_cast<std::uint8_t*>(first_block_), sizeof first_block_);
    }

    void apply_to_body(byte_span body) { body_->cipher1(octets(body), body.size()); }

    void tag(byte_view covered, std::span<std::byte, 16> to)
    {
        poly1305_(byte_view(first_block_).first<32>(), covered, to);
        wipe(first_block_, sizeof first_block_);
    }

private:
    static void set_nonce(Botan::StreamCipher& cipher, std::uint32_t sequence)
    {
        std::byte nonce[8] = {};
        store_u32(nonce + 4, sequence);
        cipher.set_iv(reinterpret_cast<const std::uint8_t*>(nonce), sizeof nonce);
    }

    std::unique_ptr<Botan::StreamCipher> body_, length_;
    poly1305_function poly1305_;
    std::byte first_block_[64];
};

class chacha_sealer final : public packet_sealer {
public:
    explicit chacha_sealer(const packet_keys& keys) : keys_(keys.key) { shape_ = chacha_shape; }

    void seal(std::uint32_t sequence, byte_span packet) override
    {
        assert(well_formed(shape_, packet.size()));
        const byte_span covered = packet.first(packet.size() - 16);
        keys_.apply_to_length(sequence, packet.data());
        keys_.start(sequence);
        keys_.apply_to_body(covered.subspan(4));
        keys_.tag(covered, packet.last<16>());
    }

private:
    chacha_keys keys_;
};

class chacha_opener final : public packet_opener {
public:
    explicit chacha_opener(const packet_keys& keys) : keys_(keys.key) { shape_ = chacha_shape; }

    // The tag covers the encrypted length, so what is in the packet stays as it is until the tag has been checked.
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
        keys_.start(sequence);
        keys_.tag(covered, expected);
        if (!equal_constant_time(expected, packet.last(16)))
            return false;
        std::memcpy(packet.data(), length_, 4);
        keys_.apply_to_body(covered.subspan(4));
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
