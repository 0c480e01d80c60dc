#include "catch.hpp"
#include "crypto/packet_mac.hpp"
#include "support.hpp"
#include "ways.hpp"
#include "wycheproof.hpp"

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

std::vector<named_way<packet_mac_maker>> ways_of_mac() { return all_ways(packet_mac_ways(), make_packet_mac_by_botan); }

std::string tag_of(packet_mac& mac, std::size_t hash_size, std::uint32_t sequence, byte_view covered)
{
    bytes tag(hash_size);
    mac.tag(sequence, covered, tag.data());
    return to_hex(tag);
}

// The packet's number is what the message begins with.
std::string tag_of(packet_mac& mac, std::size_t hash_size, byte_view message)
{
    return tag_of(mac, hash_size, load_u32(message.data()), message.subspan(4));
}

} // namespace

TEST_CASE("HMAC has the published values of RFC 4231, cases 1 to 3")
{
    const struct {
        bytes key, message;
        const char *sha256, *sha512;
    } vectors[] = {
        {bytes(20, std::byte(0x0b)), copy_of("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c2"
         "03a126854"},
        {copy_of("Jefe"), copy_of("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070"
         "a38bce737"},
        {bytes(20, std::byte(0xaa)), bytes(50, std::byte(0xdd)),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
         "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee894267427885"
         "9e13292fb"},
    };
    for (const auto& way : ways_of_mac())
        for (const auto& v : vectors) {
            INFO(way.name);
            CHECK(tag_of(*way.make(32, v.key), 32, v.message) == v.sha256);
            CHECK(tag_of(*way.make(64, v.key), 64, v.message) == v.sha512);
        }
}

TEST_CASE("every way to a packet's MAC agrees with Botan's for every length, many packets with one key")
{
    for (const auto& way : ways_of_mac()) {
        INFO(way.name);
        for (const std::size_t hash_size : {20U, 32U, 64U}) {
            const bytes key = some_bytes(hash_size, hash_size);
            const auto ours = way.make(hash_size, key), theirs = make_packet_mac_by_botan(hash_size, key);
            for (std::size_t n : lengths_around({512, 1024, 32768})) {
                const bytes message = some_bytes(n, n);
                const auto sequence = std::uint32_t(n * 16777619U);
                REQUIRE(tag_of(*ours, hash_size, sequence, message) == tag_of(*theirs, hash_size, sequence, message));
            }
        }
    }
}

TEST_CASE("HMAC agrees with Wycheproof")
{
    for (const auto& [file, hash_size] : {std::pair("hmac_sha1_test.json", 20U), std::pair("hmac_sha256_test.json", 32U),
                                          std::pair("hmac_sha512_test.json", 64U)}) {
        std::size_t used = 0;
        for_each_wycheproof(file, [&, size = hash_size](wycheproof_case& c) {
            const bytes message = hex(c["msg"]), key = hex(c["key"]);
            if (message.size() < 4)
                return;
            ++used;
            for (const auto& way : ways_of_mac()) {
                INFO(c["tcId"] << " by " << way.name);
                const std::string tag = tag_of(*way.make(size, key), size, message);
                CHECK((tag.substr(0, c["tag"].size()) == c["tag"]) == (c["result"] == "valid"));
            }
        });
        CHECK((used == 0 || used > 50));
    }
}
