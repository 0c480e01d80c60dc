#include "catch.hpp"
#include "crypto/aes_gcm.hpp"
#include "ways.hpp"
#include "support.hpp"
#include "wycheproof.hpp"

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

std::vector<named_way<aes_gcm_maker>> ways_of_gcm() { return all_ways(aes_gcm_ways(), make_aes_gcm_by_botan); }

struct sealed {
    bytes text;
    std::array<std::byte, 16> tag{};
    bool operator==(const sealed&) const = default;
};

sealed seal_with(aes_gcm& gcm, byte_view nonce, byte_view associated, byte_view text)
{
    sealed out{copy_of(text), {}};
    gcm.seal(nonce.first<12>(), associated, out.text, out.text, out.tag);
    return out;
}

} // namespace

TEST_CASE("AES-GCM has the published values of SP 800-38D")
{
    const bytes key = hex("feffe9928665731c6d6a8f9467308308"), nonce = hex("cafebabefacedbaddecaf888");
    const bytes associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const bytes text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
                           "49a6b525b16aedf5aa0de657ba637b39");
    for (const auto& way : ways_of_gcm()) {
        INFO(way.name);
        const sealed s = seal_with(*way.make(key), nonce, associated, text);
        CHECK(to_hex(s.text)
              == "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                 "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091");
        CHECK(to_hex(s.tag) == "5bc94fbc3221a5db94fae95ae7121a47");
    }
}

TEST_CASE("every way to AES-GCM agrees with Botan's for every length and around the batch sizes, in place and out of place")
{
    for (const auto& way : ways_of_gcm()) {
        INFO(way.name);
        for (std::size_t key_size : {16U, 32U}) {
            const bytes key = some_bytes(key_size, key_size);
            const auto ours = way.make(key), theirs = make_aes_gcm_by_botan(key);
            for (std::size_t n : lengths_around({128, 256, 1008, 1024, 2032, 2048, 4096, 32768})) {
                const bytes nonce = some_bytes(12, n), associated = some_bytes(n % 40, n + 1), text = some_bytes(n, n + 2);
                const sealed a = seal_with(*theirs, nonce, associated, text);
                sealed b{bytes(n), {}};
                ours->seal(byte_view(nonce).first<12>(), associated, text, b.text, b.tag);
                REQUIRE(a == b);
                REQUIRE(seal_with(*ours, nonce, associated, text) == a);

                bytes out(n);
                REQUIRE(ours->open(byte_view(nonce).first<12>(), associated, b.text, out, b.tag));
                REQUIRE(out == text);
                REQUIRE(ours->open(byte_view(nonce).first<12>(), associated, b.text, b.text, b.tag));
                REQUIRE(b.text == text);
            }
        }
    }
}

TEST_CASE("no way to AES-GCM shows plaintext with a wrong tag, or takes one for right")
{
    for (const auto& way : ways_of_gcm()) {
        INFO(way.name);
        const bytes key = some_bytes(16, 1);
        const auto gcm = way.make(key);
        for (std::size_t n : {16U, 64U, 256U, 300U, 5000U}) {
            const bytes nonce = some_bytes(12, n), associated = some_bytes(4, n), text = some_bytes(n, n + 2);
            const sealed good = seal_with(*gcm, nonce, associated, text);
            for (std::size_t bit = 0; bit < 128; ++bit) {
                sealed bad = good;
                bad.tag[bit / 8] ^= std::byte(1 << bit % 8);
                bytes out(n);
                REQUIRE_FALSE(gcm->open(byte_view(nonce).first<12>(), associated, bad.text, out, bad.tag));
                REQUIRE(out == bytes(n));
                REQUIRE_FALSE(gcm->open(byte_view(nonce).first<12>(), associated, bad.text, bad.text, bad.tag));
                REQUIRE((bad.text == good.text || bad.text == bytes(n)));
            }
            bytes out(n);
            for (std::size_t i = 0; i < n; i += 1 + n / 50) {
                sealed bad = good;
                bad.text[i] ^= std::byte(0x80);
                REQUIRE_FALSE(gcm->open(byte_view(nonce).first<12>(), associated, bad.text, out, bad.tag));
            }
            bytes other = associated;
            other[3] ^= std::byte(1);
            REQUIRE_FALSE(gcm->open(byte_view(nonce).first<12>(), other, good.text, out, good.tag));
        }
    }
}

TEST_CASE("AES-GCM agrees with Wycheproof for 96-bit nonces and 128-bit tags")
{
    std::size_t used = 0;
    for_each_wycheproof("aes_gcm_test.json", [&](wycheproof_case& c) {
        if (c["ivSize"] != "96" || c["tagSize"] != "128" || c["keySize"] == "192")
            return;
        ++used;
        const bytes key = hex(c["key"]), nonce = hex(c["iv"]), associated = hex(c["aad"]), tag = hex(c["tag"]);
        for (const auto& way : ways_of_gcm()) {
            bytes text = hex(c["ct"]);
            const bool good
                = way.make(key)->open(byte_view(nonce).first<12>(), associated, text, text, byte_view(tag).first<16>());
            INFO("case " << c["tcId"] << " by " << way.name);
            CHECK(good == (c["result"] == "valid"));
            if (good)
                CHECK(to_hex(text) == c["msg"]);
        }
    });
    CHECK((used == 0 || used > 100));
}
