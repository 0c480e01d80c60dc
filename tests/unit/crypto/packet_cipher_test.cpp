#include "catch.hpp"
#include "crypto/packet_cipher.hpp"
#include "support.hpp"

#include <string>

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

struct suite {
    std::string cipher, mac;
};

std::vector<suite> all_suites()
{
    std::vector<suite> out{{"none", "none"}};
    for (const auto& c : ciphers()) {
        if (c.aead)
            out.push_back({std::string(c.name), "none"});
        else
            for (const auto& m : macs())
                out.push_back({std::string(c.name), std::string(m.name)});
    }
    return out;
}

struct key_store {
    bytes key, iv, mac_key;
    explicit key_store(const suite& s)
    {
        if (const auto* c = find_cipher(s.cipher)) {
            key = some_bytes(c->key_size, 11);
            iv = some_bytes(c->iv_size, 12);
        }
        if (const auto* m = find_mac(s.mac))
            mac_key = some_bytes(m->key_size, 13);
    }
    packet_keys keys() const { return {key, iv, mac_key}; }
};

/// A whole packet around a payload, as the framing builds it.
bytes packet_of(const packet_shape& shape, std::size_t payload)
{
    const std::size_t outside = shape.length_is_padded ? 5 : 1;
    std::size_t padding = shape.block_size - (outside + payload) % shape.block_size;
    if (padding < 4)
        padding += shape.block_size;
    bytes out(4);
    store_u32(out.data(), std::uint32_t(1 + payload + padding));
    out.push_back(std::byte(padding));
    append(out, some_bytes(payload + padding, payload));
    out.resize(out.size() + shape.tag_size);
    return out;
}

std::size_t plain_size(const packet_shape& shape, byte_view packet) { return packet.size() - shape.tag_size; }

void round_trip(packet_sealer& sealer, packet_opener& opener, std::uint32_t sequence, std::size_t payload)
{
    const packet_shape& shape = opener.shape();
    const bytes plain = packet_of(shape, payload);
    bytes packet = plain;
    sealer.seal(sequence, packet);
    const std::uint32_t length = opener.open_length(sequence, byte_span(packet).first(shape.head_size));
    REQUIRE(length == plain.size() - 4 - shape.tag_size);
    REQUIRE(opener.open(sequence, packet));
    REQUIRE(equal(byte_view(packet).first(plain_size(shape, packet)), byte_view(plain).first(plain_size(shape, plain))));
}

} // namespace

TEST_CASE("every protection opens what it sealed, for each payload length and across the counter's batches")
{
    for (const auto& s : all_suites()) {
        INFO(s.cipher << " " << s.mac);
        const key_store store(s);
        auto sealer = make_sealer(s.cipher, s.mac, store.keys());
        auto opener = make_opener(s.cipher, s.mac, store.keys());
        REQUIRE(sealer);
        REQUIRE(opener);
        std::uint32_t sequence = 0xffffff80; // wraps on the way
        for (std::size_t n = 0; n <= 300; ++n)
            round_trip(*sealer, *opener, sequence++, n);
        for (std::size_t edge : {4096U, 32768U})
            for (std::size_t n = edge - 20; n <= edge + 20; n += 5)
                round_trip(*sealer, *opener, sequence++, n);
    }
}

TEST_CASE("a packet with any one bit changed is refused and leaves none of its plaintext behind (T06)")
{
    for (const auto& s : all_suites()) {
        if (s.cipher == "none")
            continue;
        INFO(s.cipher << " " << s.mac);
        const key_store store(s);
        auto sealer = make_sealer(s.cipher, s.mac, store.keys());
        const packet_shape& shape = sealer->shape();
        const bytes plain = packet_of(shape, 24);
        bytes sealed = plain;
        sealer->seal(5, sealed);
        const std::size_t from = shape.head_size, end = plain_size(shape, plain);
        for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
            bytes damaged = sealed;
            damaged[bit / 8] ^= std::byte(1 << bit % 8);
            auto opener = make_opener(s.cipher, s.mac, store.keys());
            opener->open_length(5, byte_span(damaged).first(shape.head_size));
            REQUIRE_FALSE(opener->open(5, damaged));
            REQUIRE_FALSE(equal(byte_view(damaged).subspan(from, end - from), byte_view(plain).subspan(from, end - from)));
            REQUIRE_FALSE(equal(byte_view(damaged).subspan(from + 8, 8), byte_view(plain).subspan(from + 8, 8)));
        }
        // The number of the packet is protected too, by the MAC or as the nonce; AES-GCM counts for itself.
        bytes packet = sealed;
        auto opener = make_opener(s.cipher, s.mac, store.keys());
        opener->open_length(6, byte_span(packet).first(shape.head_size));
        CHECK(opener->open(6, packet) == (s.cipher.find("gcm") != s.cipher.npos));
        // Replayed, it is refused by those as well.
        packet = sealed;
        opener->open_length(6, byte_span(packet).first(shape.head_size));
        CHECK_FALSE(opener->open(6, packet));
    }
}

TEST_CASE("packets of impossible sizes are refused")
{
    for (const auto& s : all_suites()) {
        INFO(s.cipher << " " << s.mac);
        const key_store store(s);
        for (std::size_t size = 0; size < 120; ++size) {
            auto opener = make_opener(s.cipher, s.mac, store.keys());
            bytes packet = some_bytes(size, size);
            if (size >= opener->shape().head_size)
                opener->open_length(1, byte_span(packet).first(opener->shape().head_size));
            if (s.cipher != "none")
                CHECK_FALSE(opener->open(1, packet));
        }
    }
}

TEST_CASE("keys of a wrong size and unknown names make no protection")
{
    const bytes k(64), iv(16);
    CHECK_FALSE(make_sealer("aes128-ctr", "hmac-md5", {byte_view(k).first(16), iv, byte_view(k).first(16)}));
    CHECK_FALSE(make_sealer("3des-cbc", "hmac-sha1", {byte_view(k).first(24), iv, byte_view(k).first(20)}));
    CHECK_FALSE(make_opener("aes128-gcm@openssh.com", "", {byte_view(k).first(32), iv, {}}));
    CHECK_FALSE(make_opener("aes128-gcm@openssh.com", "", {byte_view(k).first(16), byte_view(iv).first(8), {}}));
    CHECK_FALSE(make_opener("aes256-ctr", "hmac-sha1", {byte_view(k).first(32), iv, byte_view(k).first(19)}));
    CHECK(find_cipher("none") == nullptr);
    CHECK(find_mac("none") == nullptr);
    CHECK(ciphers().front().name == "aes128-gcm@openssh.com");
}

// Made with another implementation (Python's cryptography, that is OpenSSL) from the protocol documents; the payload is "sshoal
// test payload", the padding 0xaa, the keys 00 01 02 ...
TEST_CASE("packets are the same, byte for byte, as another implementation's")
{
    bytes counting(64);
    for (std::size_t i = 0; i < counting.size(); ++i)
        counting[i] = std::byte(i);
    const byte_view keys = counting;
    const auto seal = [](packet_sealer& sealer, std::string_view plain) {
        bytes packet = hex(plain);
        packet.resize(packet.size() + sealer.shape().tag_size);
        sealer.seal(7, packet);
        return to_hex(packet);
    };
    const char* padded_to_16 = "000000200c7373686f616c2074657374207061796c6f6164aaaaaaaaaaaaaaaaaaaaaaaa";

    CHECK(seal(*make_sealer("chacha20-poly1305@openssh.com", "", {keys, {}, {}}),
               "00000018047373686f616c207465737420"
               "7061796c6f6164aaaaaaaa")
          == "a39afcb22c35662b21e2467e1808c884f7ffb25558dd5152d44997295f20e95e19b01c47321248ec52b90d31");

    const bytes iv = hex("0102030400000000ffffffff"); // so that the invocation counter carries after the first packet
    auto gcm128 = make_sealer("aes128-gcm@openssh.com", "", {keys.first(16), iv, {}});
    CHECK(seal(*gcm128, padded_to_16)
          == "00000020603132ab185e57354fadc1b3adc6fe0eb555a7ffda29d63efe2d13861f3375daa1"
             "f6d9e7bd2e7323320de92ddde78792");
    CHECK(seal(*gcm128, padded_to_16)
          == "00000020bd0320105b305b65aca6ed69ac2c37aeaef732848314c9759fe7f3ebaa75ec4c35"
             "6787960313f3c55000ed503c41886a");
    auto gcm256 = make_sealer("aes256-gcm@openssh.com", "", {keys.first(32), iv, {}});
    CHECK(seal(*gcm256, padded_to_16)
          == "0000002093c2bf82fc5a39f9f587a0cf0b82f4e215e50aca7f87d588e120ae1b44adc5c846"
             "8ad4141b69e73c121506f7ca39183c");
    CHECK(seal(*gcm256, padded_to_16)
          == "0000002096ee060eb5ee5104ade422afca751d6857d210a79234d9bb3508e7ba4991d40c07"
             "8741ec5639d030723bd04faec61c2b");

    const bytes ones(16, std::byte(0xff)); // so that the 128-bit counter wraps after the first block
    CHECK(seal(*make_sealer("aes128-ctr", "hmac-sha2-256-etm@openssh.com", {keys.first(16), ones, keys.first(32)}), padded_to_16)
          == "0000002030376c5aa166ee0310b2d1ed2e20da6aaace5a532d25f128c5e52bc80b6272d3f74734d3f1ece0e493726592f4de8ee9be"
             "0c3386592837c425f6c052ad1e618f");
    CHECK(seal(*make_sealer("aes128-ctr", "hmac-sha1", {keys.first(16), ones, keys.first(20)}),
               "0000001c087373686f616c2074657374207061796c6f6164aaaaaaaaaaaaaaaa")
          == "3c441f2ec674f14b0bb6ceb97a35c867e6d15a4eebe03ae6c5e52bc80b6272d3be718928c5d8641e0dd44d998e1057226a3e3506");
}
