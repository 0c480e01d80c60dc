// aes_gcm_botan.cpp - Botan's own mode. The other implementations are compared with it, and it is used if none of them is usable.
#include "crypto/aes_gcm.hpp"
#include "crypto/botan_compat.hpp"

#include <botan/aead.h>
#include <botan/exceptn.h>

namespace sshoal::crypto {
namespace {

class gcm_by_botan final : public aes_gcm {
public:
    explicit gcm_by_botan(byte_view key) : key_(key.begin(), key.end()) { tail_.reserve(256); }

    void seal(nonce_view nonce, byte_view associated, byte_view from, byte_span to, std::span<std::byte, 16> tag) override
    {
        copy(from, to);
        Botan::AEAD_Mode& mode = prepare(sealing_, compat::encryption);
        const std::size_t whole = start(mode, nonce, associated, to);
        mode.finish(tail_);
        copy_tail(to.subspan(whole));
        std::memcpy(tag.data(), tail_.data() + (to.size() - whole), tag.size());
    }

    bool open(nonce_view nonce, byte_view associated, byte_view from, byte_span to, std::span<const std::byte, 16> tag) override
    {
        copy(from, to);
        Botan::AEAD_Mode& mode = prepare(opening_, compat::decryption);
        const std::size_t whole = start(mode, nonce, associated, to);
        tail_.insert(tail_.end(), octets(tag), octets(tag) + tag.size());
        try {
            mode.finish(tail_);
        } catch (const Botan::Exception&) { // only a wrong tag throws
            mode.reset();
            wipe(to.data(), to.size()); // Botan decrypts before it checks the tag
            return false;
        }
        copy_tail(to.subspan(whole));
        return true;
    }

private:
    static void copy(byte_view from, byte_span to)
    {
        if (!from.empty() && from.data() != to.data())
            std::memcpy(to.data(), from.data(), from.size());
    }

    // One object serves one direction of a connection, so the mode for the other direction is never made.
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

} // namespace

std::unique_ptr<aes_gcm> make_aes_gcm_by_botan(byte_view key) { return std::make_unique<gcm_by_botan>(key); }

} // namespace sshoal::crypto
