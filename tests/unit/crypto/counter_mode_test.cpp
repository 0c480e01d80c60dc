#include "catch.hpp"
#include "crypto/counter_mode.hpp"
#include "support.hpp"
#include "ways.hpp"

#include <botan/stream_cipher.h>

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

std::vector<named_way<counter_mode_maker>> ways_of_counter_mode() { return all_ways(counter_mode_ways(), make_counter_mode_by_botan); }

} // namespace

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
        for (const auto& way : ways_of_counter_mode()) {
            INFO(way.name);
            bytes data = text;
            auto counter = counter_block::load(start.data());
            way.make(hex(key))->apply(counter, data, data);
            CHECK(to_hex(data) == expected);
        }
    }
}

TEST_CASE("a block by itself has the published value of FIPS 197, appendix C")
{
    for (const auto& way : ways_of_counter_mode()) {
        INFO(way.name);
        for (const auto& [size, expected] :
             {std::pair(16U, "69c4e0d86a7b0430d8cdb78070b4c55a"), std::pair(24U, "dda97ca4864cdfe06eaf70a0ec0d7191"),
              std::pair(32U, "8ea2b7ca516745bfeafc49904b496089")}) {
            const bytes key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
            bytes block = hex("00112233445566778899aabbccddeeff");
            way.make(byte_view(key).first(size))->encrypt_block(block.data());
            CHECK(to_hex(block) == expected);
        }
    }
}

TEST_CASE("every way to counter mode agrees with Botan's over many pieces, also where the counter carries")
{
    for (const auto& way : ways_of_counter_mode()) {
        INFO(way.name);
        for (const std::size_t key_size : {16U, 24U, 32U}) {
            const bytes key = some_bytes(key_size, 3);
            const auto aes = way.make(key);
            for (const char* start : {"00000000000000000000000000000000", "0000000000000000fffffffffffffff0",
                                      "ffffffffffffffffffffffffffffff80", "00000000fffffffffffffffffffffefe"}) {
                const bytes iv = hex(start);
                auto theirs = Botan::StreamCipher::create_or_throw("CTR-BE(AES-" + std::to_string(8 * key_size) + ")");
                theirs->set_key(octets(byte_view(key)), key.size());
                theirs->set_iv(octets(byte_view(iv)), iv.size());
                auto counter = counter_block::load(iv.data());
                for (std::size_t blocks : {1U, 2U, 7U, 16U, 63U, 64U, 65U, 127U, 128U, 300U, 1024U, 3U}) {
                    bytes a = some_bytes(blocks * 16, blocks), b = a;
                    aes->apply(counter, a, a);
                    theirs->cipher1(octets(b), b.size());
                    REQUIRE(a == b);
                }
            }
        }
    }
}

TEST_CASE("every way to counter mode agrees with Botan's for every length, in place and out of place")
{
    const auto theirs = make_counter_mode_by_botan(some_bytes(16, 3));
    for (const auto& way : ways_of_counter_mode()) {
        INFO(way.name);
        const auto ours = way.make(some_bytes(16, 3));
        for (std::size_t n : lengths_around({256, 512, 1024, 2048, 32768})) {
            const counter_block start{n, ~std::uint64_t(0) - n / 20};
            const bytes text = some_bytes(n, n);
            bytes expected(n), out(n), in_place = text;
            counter_block a = start, b = start, c = start;
            theirs->apply(a, text, expected);
            ours->apply(b, text, out);
            ours->apply(c, in_place, in_place);
            REQUIRE(out == expected);
            REQUIRE(in_place == expected);
            REQUIRE((a.low == b.low && a.high == b.high && a.low == c.low));
        }
    }
}
