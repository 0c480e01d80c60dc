#include "catch.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/counter_mode.hpp"
#include "support.hpp"
#include "wycheproof.hpp"

#include <botan/block_cipher.h>
#include <botan/stream_cipher.h>

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

struct sealed {
    bytes text;
    std::array<std::byte, 16> tag{};
    bool operator==(const sealed&) const = default;
};

sealed seal_with(aes_gcm& gcm, byte_view nonce, byte_view associated, byte_view text)
{
    sealed out{copy_of(text), {}};
    gcm.seal(nonce.first<12>(), associated, out.text, out.tag);
    return out;
}

} // namespace

TEST_CASE("AES-GCM has the published values of SP 800-38D")
{
    const bytes key = hex("feffe9928665731c6d6a8f9467308308"), nonce = hex("cafebabefacedbaddecaf888");
    const bytes associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const bytes text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
                           "49a6b525b16aedf5aa0de657ba637b39");
    for (const auto& gcm : {make_aes_gcm(key), make_aes_gcm_by_botan(key)}) {
        const sealed s = seal_with(*gcm, nonce, associated, text);
        CHECK(to_hex(s.text)
              == "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                 "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091");
        CHECK(to_hex(s.tag) == "5bc94fbc3221a5db94fae95ae7121a47");
    }
}

TEST_CASE("our composition of AES-GCM and Botan's mode agree for every length and around the batch size")
{
    std::vector<std::size_t> lengths;
    for (std::size_t n = 0; n <= 300; ++n)
        lengths.push_back(n);
    for (std::size_t edge : {1008U, 1024U, 2032U, 2048U, 4096U, 32768U})
        for (std::size_t n = edge - 17; n <= edge + 17; ++n)
            lengths.push_back(n);
    for (std::size_t key_size : {16U, 32U}) {
        const bytes key = some_bytes(key_size, key_size);
        const auto ours = make_aes_gcm(key), theirs = make_aes_gcm_by_botan(key);
        for (std::size_t n : lengths) {
            const bytes nonce = some_bytes(12, n), associated = some_bytes(n % 40, n + 1), text = some_bytes(n, n + 2);
            sealed a = seal_with(*ours, nonce, associated, text);
            sealed b = seal_with(*theirs, nonce, associated, text);
            REQUIRE(a == b);
            for (const auto* gcm : {&ours, &theirs}) {
                sealed copy = a;
                REQUIRE((*gcm)->open(byte_view(nonce).first<12>(), associated, copy.text, copy.tag));
                REQUIRE(copy.text == text);
                copy = a;
                copy.tag[n % 16] ^= std::byte(1 << n % 8);
                REQUIRE_FALSE((*gcm)->open(byte_view(nonce).first<12>(), associated, copy.text, copy.tag));
                REQUIRE((n < 16 || copy.text != text));
            }
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
        for (const auto& gcm : {make_aes_gcm(key), make_aes_gcm_by_botan(key)}) {
            bytes text = hex(c["ct"]);
            const bool good = gcm->open(byte_view(nonce).first<12>(), associated, text, byte_view(tag).first<16>());
            INFO("case " << c["tcId"]);
            CHECK(good == (c["result"] == "valid"));
            if (good)
                CHECK(to_hex(text) == c["msg"]);
        }
    });
    CHECK((used == 0 || used > 100));
}

TEST_CASE("counter mode has the published values of SP 800-38A, F.5")
{
    const bytes text = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc119"
                           "1a0a52eff69f2445df4f9b17ad2b417be66c3710");
    const bytes start = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    const std::pair<const char*, const char*> vectors[] = {
        {"2b7e151628aed2a6abf7158809cf4f3c",
         "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
         "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"},
        {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
         "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"
         "1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050"},
        {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
         "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
         "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"},
    };
    for (const auto& [key, expected] : vectors) {
        bytes data = text;
        auto counter = counter_block::load(start.data());
        apply_counter_mode(*make_aes(hex(key)), counter, data);
        CHECK(to_hex(data) == expected);
    }
}

TEST_CASE("our counter mode and Botan's agree over many pieces, also where the counter carries")
{
    const bytes key = some_bytes(16, 3);
    const auto aes = make_aes(key);
    for (const char* start : {"00000000000000000000000000000000", "0000000000000000fffffffffffffff0",
                              "ffffffffffffffffffffffffffffff80", "00000000fffffffffffffffffffffefe"}) {
        const bytes iv = hex(start);
        auto theirs = Botan::StreamCipher::create_or_throw("CTR-BE(AES-128)");
        theirs->set_key(octets(byte_view(key)), key.size());
        theirs->set_iv(octets(byte_view(iv)), iv.size());
        auto counter = counter_block::load(iv.data());
        for (std::size_t blocks : {1U, 2U, 7U, 16U, 63U, 64U, 65U, 127U, 128U, 300U, 1024U, 3U}) {
            bytes a = some_bytes(blocks * 16, blocks), b = a;
            apply_counter_mode(*aes, counter, a);
            theirs->cipher1(octets(b), b.size());
            REQUIRE(a == b);
        }
    }
}
