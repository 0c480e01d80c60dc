#include "crypto/aes_gcm.hpp"
#include "crypto/botan_compat.hpp"
#include "crypto/counter_mode.hpp"

#include <botan/aead.h>
#include <botan/exceptn.h>
#if !SSHOAL_BOTAN_3
#include <botan/ghash.h>
#endif

namespace sshoal::crypto {
namespace {

class gcm_by_botan final : public aes_gcm {
public:
    explicit gcm_by_botan(byte_view key) : key_(key.begin(), key.end()) { tail_.reserve(256); }

    void seal(nonce_view nonce, byte_view associated, byte_span text, std::span<std::byte, 16> tag) override
    {
        Botan::AEAD_Mode& mode = prepare(sealing_, compat::encryption);
        const std::size_t whole = start(mode, nonce, associated, text);
        mode.finish(tail_);
        copy_tail(text.subspan(whole));
        std::memcpy(tag.data(), tail_.data() + (text.size() - whole), tag.size());
    }

    bool open(nonce_view nonce, byte_view associated, byte_span text, std::span<const std::byte, 16> tag) override
    {
        Botan::AEAD_Mode& mode = prepare(opening_, compat::decryption);
        const std::size_t whole = start(mode, nonce, associated, text);
        tail_.insert(tail_.end(), octets(tag), octets(tag) + tag.size());
        try {
            mode.finish(tail_);
        } catch (const Botan::Exception&) { // only a wrong tag gets here
            mode.reset();
            wipe(text.data(), text.size()); // Botan decrypts before it knows
            return false;
        }
        copy_tail(text.subspan(whole));
        return true;
    }

private:
    // One object serves one direction in a connection, so the mode for the other one is never made there.
    template <class Direction>
    Botan::AEAD_Mode& prepare(std::unique_ptr<Botan::AEAD_Mode>& mode, Direction direction)
    {
        if (!mode) {
            mode = Botan::AEAD_Mode::create_or_throw("AES-" + std::to_string(key_.size() * 8) + "/GCM", direction);
            mode->set_key(reinterpret_cast<const std::uint8_t*>(key_.data()), key_.size());
        }
        return *mode;
    }

    // Botan takes whole multiples of its granularity in place; the rest and the tag pass through tail_.
    std::size_t start(Botan::AEAD_Mode& mode, nonce_view nonce, byte_view associated, byte_span text)
    {
        mode.set_associated_data(octets(associated), associated.size());
        mode.start(octets(byte_view(nonce)), nonce.size());
        const std::size_t whole = text.size() - text.size() % mode.update_granularity();
        if (whole > 0)
            mode.process(octets(text), whole);
        tail_.assign(octets(text) + whole, octets(text) + text.size());
        return whole;
    }

    void copy_tail(byte_span to) const
    {
        if (!to.empty())
            std::memcpy(to.data(), tail_.data(), to.size());
    }

    secure_bytes key_;
    std::unique_ptr<Botan::AEAD_Mode> sealing_, opening_;
    Botan::secure_vector<std::uint8_t> tail_;
};

#if !SSHOAL_BOTAN_3
// Counter mode of our own and Botan's GHASH, which uses carry-less multiplication where the processor has it.
class gcm_by_parts final : public aes_gcm {
public:
    explicit gcm_by_parts(byte_view key) : aes_(make_aes(key)), hash_(16)
    {
        std::uint8_t h[16] = {};
        aes_->encrypt_n(h, h, 1);
        ghash_.set_key(h, sizeof h);
        wipe(h, sizeof h);
    }

    void seal(nonce_view nonce, byte_view associated, byte_span text, std::span<std::byte, 16> tag) override
    {
        masked_counter_mode stream(*aes_, first_block(nonce), text);
        stream.finish();
        make_tag(associated, text, stream.mask(), tag.data());
    }

    bool open(nonce_view nonce, byte_view associated, byte_span text, std::span<const std::byte, 16> tag) override
    {
        masked_counter_mode stream(*aes_, first_block(nonce), text);
        std::byte expected[16];
        make_tag(associated, text, stream.mask(), expected);
        if (!equal_constant_time(expected, tag))
            return false;
        stream.finish();
        return true;
    }

private:
    static counter_block first_block(nonce_view nonce) noexcept
    {
        std::byte block[16] = {};
        std::memcpy(block, nonce.data(), nonce.size());
        block[15] = std::byte(1);
        return counter_block::load(block);
    }

    void make_tag(byte_view associated, byte_view text, const std::byte* mask, std::byte* tag)
    {
        std::memset(hash_.data(), 0, hash_.size());
        ghash_.ghash_update(hash_, octets(associated), associated.size());
        ghash_.ghash_update(hash_, octets(text), text.size());
        ghash_.add_final_block(hash_, associated.size(), text.size());
        for (std::size_t i = 0; i < 16; ++i)
            tag[i] = std::byte(hash_[i]) ^ mask[i];
    }

    std::unique_ptr<Botan::BlockCipher> aes_;
    Botan::GHASH ghash_;
    Botan::secure_vector<std::uint8_t> hash_;
};
#endif

} // namespace

std::unique_ptr<aes_gcm> make_aes_gcm_by_botan(byte_view key) { return std::make_unique<gcm_by_botan>(key); }

std::unique_ptr<aes_gcm> make_aes_gcm(byte_view key)
{
#if SSHOAL_BOTAN_3
    return make_aes_gcm_by_botan(key);
#else
    return std::make_unique<gcm_by_parts>(key);
#endif
}

} // namespace sshoal::crypto
