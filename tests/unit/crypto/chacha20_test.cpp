#include "catch.hpp"
#include "crypto/chacha20.hpp"
#include "support.hpp"
#include "ways.hpp"

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

std::vector<named_way<chacha20_maker>> ways_of_chacha20() { return all_ways(chacha20_ways(), make_chacha20_by_botan); }

} // namespace

// RFC 8439 counts in 32 bits; the upper half of our counter is where its nonce begins, which is zero in these.
TEST_CASE("ChaCha20 has the published values of RFC 8439, appendix A.1")
{
    const struct {
        const char *key, *nonce;
        std::uint32_t block;
        const char* stream;
    } vectors[] = {
        {"0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000", 0,
         "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b66"
         "9b2ee6586"},
        {"0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000", 1,
         "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1"
         "f4b794d6f"},
        {"0000000000000000000000000000000000000000000000000000000000000001", "0000000000000000", 1,
         "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64adde"
         "b006c13a0"},
        {"00ff000000000000000000000000000000000000000000000000000000000000", "0000000000000000", 2,
         "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f48"
         "72e99f096"},
        {"0000000000000000000000000000000000000000000000000000000000000000", "0000000000000002", 0,
         "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c78a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a3"
         "9531bed6d"},
    };
    for (const auto& way : ways_of_chacha20())
        for (const auto& v : vectors) {
            INFO(way.name << ", block " << v.block);
            bytes text(64);
            way.make(byte_view(hex(v.key)).first<32>())->apply(byte_view(hex(v.nonce)).first<8>(), v.block, text, text);
            CHECK(to_hex(text) == v.stream);
        }
}

TEST_CASE("every way to ChaCha20 agrees with Botan's for every length and from any block, in place and out of place")
{
    const bytes key = some_bytes(32, 5), nonce = some_bytes(8, 6);
    const auto theirs = make_chacha20_by_botan(byte_view(key).first<32>());
    for (const auto& way : ways_of_chacha20()) {
        INFO(way.name);
        const auto ours = way.make(byte_view(key).first<32>());
        for (std::size_t n : lengths_around({1024, 2048, 32768}))
            for (const std::uint32_t block : {0U, 1U, 2U, 77U, 4000000000U}) {
                const bytes text = some_bytes(n, n);
                bytes expected(n), out(n), in_place = text;
                theirs->apply(byte_view(nonce).first<8>(), block, text, expected);
                ours->apply(byte_view(nonce).first<8>(), block, text, out);
                ours->apply(byte_view(nonce).first<8>(), block, in_place, in_place);
                REQUIRE(out == expected);
                REQUIRE(in_place == expected);
            }
    }
}

TEST_CASE("a stream in two pieces is the stream in one piece")
{
    for (const auto& way : ways_of_chacha20()) {
        INFO(way.name);
        const auto cipher = way.make(byte_view(some_bytes(32, 5)).first<32>());
        const bytes nonce = some_bytes(8, 1), other = some_bytes(8, 2);
        bytes whole(5000), pieces(5000), elsewhere(100);
        cipher->apply(byte_view(nonce).first<8>(), 0, whole, whole);
        for (const std::uint32_t cut : {1U, 3U, 16U, 17U, 40U}) {
            std::fill(pieces.begin(), pieces.end(), std::byte(0));
            const byte_span first = byte_span(pieces).first(cut * 64), second = byte_span(pieces).subspan(cut * 64);
            cipher->apply(byte_view(nonce).first<8>(), 0, first, first);
            if (cut > 3)
                cipher->apply(byte_view(other).first<8>(), 0, elsewhere, elsewhere);
            cipher->apply(byte_view(nonce).first<8>(), cut, second, second);
            REQUIRE(pieces == whole);
        }
    }
}
