// packet_gcm.cpp - AES-GCM as aes128-gcm@openssh.com and aes256-gcm@openssh.com use it: RFC 5647 §7 without its rules of
// negotiation.
#include "crypto/aes_gcm.hpp"
#include "crypto/packet_protections.hpp"

#include <array>
#include <cassert>

namespace sshoal::crypto {
namespace {

constexpr packet_shape gcm_shape{.block_size = 16, .tag_size = 16, .head_size = 4, .length_is_padded = false};

// Four fixed bytes and an invocation counter of eight, both from the derived IV (RFC 5647 §7.1).
class invocation_nonce {
public:
    explicit invocation_nonce(byte_view iv) noexcept { std::memcpy(bytes_.data(), iv.data(), bytes_.size()); }
    aes_gcm::nonce_view view() const noexcept { return bytes_; }
    void advance() noexcept
    {
        for (std::size_t i = 12; i-- > 4;)
            if (bytes_[i] = std::byte(std::to_integer<unsigned>(bytes_[i]) + 1); bytes_[i] != std::byte(0))
                return;
    }

private:
    std::array<std::byte, 12> bytes_;
};

class gcm_sealer final : public packet_sealer {
public:
    explicit gcm_sealer(const packet_keys& keys) : gcm_(make_aes_gcm(keys.key)), nonce_(keys.iv) { shape_ = gcm_shape; }

    void seal(std::uint32_t, byte_span packet) override
    {
        assert(well_formed(shape_, packet.size()));
        const byte_span text = packet.subspan(4, packet.size() - 20);
        gcm_->seal(nonce_.view(), packet.first(4), text, text, packet.last<16>());
        nonce_.advance();
    }

private:
    std::unique_ptr<aes_gcm> gcm_;
    invocation_nonce nonce_;
};

class gcm_opener final : public packet_opener {
public:
    explicit gcm_opener(const packet_keys& keys) : gcm_(make_aes_gcm(keys.key)), nonce_(keys.iv) { shape_ = gcm_shape; }

    std::uint32_t open_length(std::uint32_t, byte_span head) override { return load_u32(head.data()); }

    bool open(std::uint32_t, byte_span packet) override
    {
        if (!well_formed(shape_, packet.size()))
            return false;
        const byte_span text = packet.subspan(4, packet.size() - 20);
        const bool good = gcm_->open(nonce_.view(), packet.first(4), text, text, packet.last<16>());
        nonce_.advance();
        return good;
    }

private:
    std::unique_ptr<aes_gcm> gcm_;
    invocation_nonce nonce_;
};

} // namespace

std::unique_ptr<packet_sealer> make_gcm_sealer(const packet_keys& keys) { return std::make_unique<gcm_sealer>(keys); }
std::unique_ptr<packet_opener> make_gcm_opener(const packet_keys& keys) { return std::make_unique<gcm_opener>(keys); }

} // namespace sshoal::crypto
