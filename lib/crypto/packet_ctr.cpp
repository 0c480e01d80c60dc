// packet_ctr.cpp - AES in counter mode (RFC 4344 §4) with an HMAC, either over the plaintext (RFC 4253 §6.4) or over the
// ciphertext (OpenSSH's -etm@openssh.com, where the length stays in clear).
#include "base/secure.hpp"
#include "crypto/counter_mode.hpp"
#include "crypto/packet_mac.hpp"
#include "crypto/packet_protections.hpp"

#include <cassert>

namespace sshoal::crypto {
namespace {

constexpr std::size_t largest_tag = 64;

packet_shape shape_for(const mac_info& mac) noexcept
{
    return {.block_size = 16, .tag_size = mac.tag_size, .head_size = mac.etm ? 4U : 16U, .length_is_padded = !mac.etm};
}

class ctr_keys {
public:
    ctr_keys(const packet_keys& keys, const mac_info& mac)
        : aes_(make_counter_mode(keys.key))
        , counter_(counter_block::load(keys.iv.data()))
        , mac_(make_packet_mac(mac.tag_size, keys.mac_key))
    {
    }

    void apply(byte_span data) { aes_->apply(counter_, data, data); }

    void tag(std::uint32_t sequence, byte_view covered, std::byte* to) { mac_->tag(sequence, covered, to); }

    bool tag_is(std::uint32_t sequence, byte_view covered, byte_view expected)
    {
        std::byte computed[largest_tag];
        tag(sequence, covered, computed);
        return equal_constant_time(byte_view(computed, expected.size()), expected);
    }

private:
    std::unique_ptr<counter_mode> aes_;
    counter_block counter_;
    std::unique_ptr<packet_mac> mac_;
};

class ctr_sealer final : public packet_sealer {
public:
    ctr_sealer(const packet_keys& keys, const mac_info& mac) : keys_(keys, mac), etm_(mac.etm) { shape_ = shape_for(mac); }

    void seal(std::uint32_t sequence, byte_span packet) override
    {
        assert(well_formed(shape_, packet.size()));
        const byte_span covered = packet.first(packet.size() - shape_.tag_size);
        std::byte* tag = packet.data() + covered.size();
        if (etm_) {
            keys_.apply(covered.subspan(4));
            keys_.tag(sequence, covered, tag);
        } else {
            keys_.tag(sequence, covered, tag);
            keys_.apply(covered);
        }
    }

private:
    ctr_keys keys_;
    bool etm_;
};

class ctr_etm_opener final : public packet_opener {
public:
    ctr_etm_opener(const packet_keys& keys, const mac_info& mac) : keys_(keys, mac) { shape_ = shape_for(mac); }

    std::uint32_t open_length(std::uint32_t, byte_span head) override { return load_u32(head.data()); }

    bool open(std::uint32_t sequence, byte_span packet) override
    {
        if (!well_formed(shape_, packet.size()))
            return false;
        const byte_span covered = packet.first(packet.size() - shape_.tag_size);
        if (!keys_.tag_is(sequence, covered, packet.last(shape_.tag_size)))
            return false;
        keys_.apply(covered.subspan(4));
        return true;
    }

private:
    ctr_keys keys_;
};

class ctr_and_mac_opener final : public packet_opener {
public:
    ctr_and_mac_opener(const packet_keys& keys, const mac_info& mac) : keys_(keys, mac) { shape_ = shape_for(mac); }

    std::uint32_t open_length(std::uint32_t, byte_span head) override
    {
        keys_.apply(head.first(16));
        return load_u32(head.data());
    }

    bool open(std::uint32_t sequence, byte_span packet) override
    {
        if (!well_formed(shape_, packet.size()))
            return false;
        const byte_span covered = packet.first(packet.size() - shape_.tag_size);
        keys_.apply(covered.subspan(16)); // the first block has been decrypted for its length
        if (keys_.tag_is(sequence, covered, packet.last(shape_.tag_size)))
            return true;
        wipe(covered.data(), covered.size());
        return false;
    }

private:
    ctr_keys keys_;
};

} // namespace

std::unique_ptr<packet_sealer> make_ctr_sealer(const packet_keys& keys, const mac_info& mac)
{
    return std::make_unique<ctr_sealer>(keys, mac);
}

std::unique_ptr<packet_opener> make_ctr_opener(const packet_keys& keys, const mac_info& mac)
{
    if (mac.etm)
        return std::make_unique<ctr_etm_opener>(keys, mac);
    return std::make_unique<ctr_and_mac_opener>(keys, mac);
}

} // namespace sshoal::crypto
