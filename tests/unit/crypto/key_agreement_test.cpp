#include "catch.hpp"
#include "crypto/key_agreement.hpp"
#include "support.hpp"
#include "wycheproof.hpp"

#include <algorithm>
#include <set>

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

/// Hands out the given bytes, so that an ephemeral key is a published one.
class fixed_random final : public random_source {
public:
    explicit fixed_random(bytes b) : bytes_(std::move(b)) { }
    void fill(byte_span to) override
    {
        for (std::byte& b : to)
            b = at_ < bytes_.size() ? bytes_[at_++] : std::byte(at_++ * 37);
    }

private:
    bytes bytes_;
    std::size_t at_ = 0;
};

bytes mpint(byte_view magnitude)
{
    while (!magnitude.empty() && magnitude[0] == std::byte(0))
        magnitude = magnitude.subspan(1);
    bytes out(4);
    if (!magnitude.empty() && magnitude[0] >= std::byte(0x80))
        out.push_back(std::byte(0));
    append(out, magnitude);
    store_u32(out.data(), std::uint32_t(out.size() - 4));
    return out;
}

bool is_key_exchange_failed(error_code e) { return e == errc::key_exchange_failed; }

void check_refused(const kex_info& method, byte_view value)
{
    deterministic_random random(1);
    auto server = make_key_agreement(method, random);
    auto response = server->respond(value);
    REQUIRE_FALSE(response);
    CHECK(is_key_exchange_failed(response.error()));
    auto client = make_key_agreement(method, random);
    client->initiate();
    auto secret = client->complete(value);
    REQUIRE_FALSE(secret);
    CHECK(is_key_exchange_failed(secret.error()));
}

std::vector<bytes> edge_values(const bytes& p) // big-endian, p odd and not ending in 0xff..: p-1, p, p+1 by hand
{
    bytes less = p, more = p, longer = p;
    less.back() = std::byte(std::to_integer<unsigned>(less.back()) - 1);
    for (std::size_t i = more.size(); i-- > 0;)
        if (more[i] = std::byte(std::to_integer<unsigned>(more[i]) + 1); more[i] != std::byte(0))
            break;
    if (more.front() == std::byte(0))
        more.insert(more.begin(), std::byte(1));
    longer.push_back(std::byte(1));
    return {{}, {std::byte(0)}, {std::byte(1)}, {std::byte(0), std::byte(1)}, less, p, more, longer};
}

} // namespace

TEST_CASE("both ends of every method agree, 200 times, and the secret is a proper mpint (T29)")
{
    for (const auto& method : kex_methods()) {
        if (method.shape == kex_shape::group_exchange)
            continue;
        INFO(method.name);
        const int runs = method.shape == kex_shape::octet_strings ? 200 : method.name.find("14-") != method.name.npos ? 20 : 1;
        std::set<std::string> values;
        for (int run = 0; run < runs; ++run) {
            deterministic_random a(std::uint64_t(run) * 2 + 1), b(std::uint64_t(run) * 2 + 2);
            auto client = make_key_agreement(method, a);
            auto server = make_key_agreement(method, b);
            const bytes initial = client->initiate();
            auto response = server->respond(initial);
            REQUIRE(response);
            auto secret = client->complete(response->reply);
            REQUIRE(secret);
            REQUIRE(*secret == response->secret);
            const byte_view k = *secret;
            REQUIRE(load_u32(k.data()) == k.size() - 4);
            REQUIRE(equal(k, mpint(k.subspan(4))));
            REQUIRE(values.insert(to_hex(initial)).second);
            REQUIRE(values.insert(to_hex(response->reply)).second);
            if (method.shape == kex_shape::octet_strings) {
                CHECK_FALSE(client->complete(response->reply)); // an ephemeral key serves once
            }
        }
    }
}

TEST_CASE("the reply without a start is an error, not a crash")
{
    for (const auto& method : kex_methods()) {
        deterministic_random random(1);
        auto agreement = make_key_agreement(method, random);
        CHECK((agreement == nullptr) == (method.shape == kex_shape::group_exchange));
        if (agreement)
            CHECK_FALSE(agreement->complete(some_bytes(32, 1)));
    }
    CHECK(find_kex("curve25519-sha256")->hash == hash_algorithm::sha256);
    CHECK(find_kex("diffie-hellman-group1-sha1") == nullptr);
    CHECK(kex_methods().front().name == "curve25519-sha256");
}

TEST_CASE("Curve25519 has the published values of RFC 7748 §6.1")
{
    fixed_random alice(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
    fixed_random bob(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
    const auto& method = *find_kex("curve25519-sha256@libssh.org");
    const bytes initial = make_key_agreement(method, alice)->initiate();
    CHECK(to_hex(initial) == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    auto response = make_key_agreement(method, bob)->respond(initial);
    REQUIRE(response);
    CHECK(to_hex(response->reply) == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    CHECK(to_hex(response->secret) == "000000204a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST_CASE("points of small order and wrong lengths are refused on Curve25519 (T26)")
{
    const auto& method = *find_kex("curve25519-sha256");
    for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                              "0100000000000000000000000000000000000000000000000000000000000000",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                              "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                              "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
                              "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"})
        check_refused(method, hex(point));
    for (std::size_t size : {0U, 1U, 31U, 33U, 64U, 1000U})
        check_refused(method, some_bytes(size, size));
}

TEST_CASE("Curve25519 agrees with Wycheproof")
{
    std::size_t zero = 0;
    const std::size_t all = for_each_wycheproof("x25519_test.json", [&](wycheproof_case& c) {
        INFO("case " << c["tcId"]);
        fixed_random random(hex(c["private"]));
        auto client = make_key_agreement(*find_kex("curve25519-sha256"), random);
        client->initiate();
        auto secret = client->complete(hex(c["public"]));
        const bytes shared = hex(c["shared"]);
        const bool is_zero = std::ranges::all_of(shared, [](std::byte b) { return b == std::byte(0); });
        zero += is_zero;
        CHECK(bool(secret) == !is_zero);
        if (secret)
            CHECK(equal(*secret, mpint(shared)));
    });
    CHECK((all == 0 || (all > 500 && zero > 10)));
}

TEST_CASE("the NIST curves agree with Wycheproof, invalid points included (T27)")
{
    const std::tuple<const char*, const char*, std::size_t> files[]
        = {{"ecdh_secp256r1_ecpoint_test.json", "ecdh-sha2-nistp256", 32},
           {"ecdh_secp384r1_ecpoint_test.json", "ecdh-sha2-nistp384", 48},
           {"ecdh_secp521r1_ecpoint_test.json", "ecdh-sha2-nistp521", 66}};
    for (const auto& [file, name, size] : files) {
        std::size_t bad = 0;
        const auto check = [&, name = name, size = size](wycheproof_case& c) {
            INFO(name << " case " << c["tcId"] << " " << c["comment"]);
            bytes scalar = hex(c["private"]);
            while (scalar.size() > size)
                scalar.erase(scalar.begin());
            scalar.insert(scalar.begin(), size - scalar.size(), std::byte(0));
            fixed_random random(scalar);
            auto client = make_key_agreement(*find_kex(name), random);
            client->initiate();
            const bytes theirs = hex(c["public"]);
            auto secret = client->complete(theirs);
            // "acceptable" are compressed points, which RFC 5656 allows to refuse.
            CHECK(bool(secret) == (c["result"] == "valid"));
            bad += !secret;
            if (secret)
                CHECK(equal(*secret, mpint(hex(c["shared"]))));
        };
        const std::size_t all = for_each_wycheproof(file, check);
        CHECK((all == 0 || (all > 200 && bad > 5)));
    }
}

TEST_CASE("points off the curve, at infinity, compressed, of another curve or with a byte too many are refused (T27)")
{
    for (const char* name : {"ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"}) {
        INFO(name);
        const auto& method = *find_kex(name);
        deterministic_random random(4);
        const bytes good = make_key_agreement(method, random)->initiate();
        for (std::size_t at : {std::size_t(1), good.size() / 2, good.size() - 1}) {
            bytes off = good;
            off[at] ^= std::byte(1);
            check_refused(method, off);
        }
        check_refused(method, hex("00"));
        check_refused(method, {});
        bytes longer = good;
        longer.push_back(std::byte(0));
        check_refused(method, longer);
        check_refused(method, byte_view(good).first(good.size() - 1));
        bytes compressed(good.begin(), good.begin() + std::ptrdiff_t(1 + good.size() / 2));
        compressed[0] = std::byte(2 + std::to_integer<int>(good.back() & std::byte(1)));
        check_refused(method, compressed);
        bytes hybrid = good;
        hybrid[0] = std::byte(6 + std::to_integer<int>(good.back() & std::byte(1)));
        check_refused(method, hybrid);
        check_refused(method, bytes(good.size()));
        bytes zero(good.size());
        zero[0] = std::byte(4);
        check_refused(method, zero);
        bytes large(good.size(), std::byte(0xff));
        large[0] = std::byte(4);
        check_refused(method, large);
        for (const char* other : {"ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"})
            if (std::string_view(other) != name)
                check_refused(method, make_key_agreement(*find_kex(other), random)->initiate());
    }
}

TEST_CASE("Diffie-Hellman values 0, 1, p-1, p, p+1 and longer ones are refused before anything is computed (T24)")
{
    for (int number : {14, 16, 18}) {
        const std::string name = "diffie-hellman-group" + std::to_string(number) + (number == 14 ? "-sha256" : "-sha512");
        const auto& method = *find_kex(name);
        const dh_group group = fixed_group(number);
        CHECK(group.bits() == (number == 14 ? 2048U : number == 16 ? 4096U : 8192U));
        CHECK(to_hex(group.g) == "02");
        for (const bytes& value : edge_values(group.p)) {
            deterministic_random random(1);
            auto response = make_key_agreement(method, random)->respond(value);
            REQUIRE_FALSE(response);
            CHECK(is_key_exchange_failed(response.error()));
        }
    }
    const dh_group group = fixed_group(14);
    for (const bytes& value : edge_values(group.p))
        check_refused(*find_kex("diffie-hellman-group14-sha256"), value);
}

TEST_CASE("a group of the server's choice is checked and works (T25)")
{
    dh_group group = fixed_group(14);
    CHECK(check_group(group, 2048, 8192));
    CHECK_FALSE(check_group(group, 3072, 8192));
    CHECK_FALSE(check_group(group, 1024, 2047));
    deterministic_random a(1), b(2);
    auto client = make_group_agreement(group, a);
    auto server = make_group_agreement(group, b);
    REQUIRE(client);
    REQUIRE(server);
    const bytes e = (*client)->initiate();
    auto response = (*server)->respond(e);
    REQUIRE(response);
    auto k = (*client)->complete(response->reply);
    REQUIRE(k);
    CHECK(*k == response->secret);

    dh_group bad = group;
    bad.p.back() &= std::byte(0xfe);
    CHECK_FALSE(check_group(bad, 2048, 8192));
    CHECK_FALSE(make_group_agreement(bad, a));
    for (const bytes& g : edge_values(group.p)) {
        bad = {group.p, g};
        CHECK_FALSE(check_group(bad, 2048, 8192));
        CHECK_FALSE(make_group_agreement(bad, a));
    }
    CHECK_FALSE(make_group_agreement({{}, {std::byte(2)}}, a));
    CHECK_FALSE(make_group_agreement({bytes(3000, std::byte(0xff)), {std::byte(2)}}, a));
    CHECK_FALSE(check_group({bytes(300, std::byte(0)), {std::byte(2)}}, 2048, 8192));
    // Leading zeros do not make a group look larger than it is.
    dh_group padded = group;
    padded.p.insert(padded.p.begin(), 200, std::byte(0));
    CHECK(padded.bits() == 2048);
}

TEST_CASE("exponents are 512 bits long and ephemerals never repeat (T35)")
{
    class all_zero final : public random_source {
    public:
        void fill(byte_span to) override { std::ranges::fill(to, std::byte(0)); }
    } zeros;
    // The top bit is always set, so this source makes the exponent 2^511, and e = 2^(2^511) mod p.
    const auto shortest = make_key_agreement(*find_kex("diffie-hellman-group14-sha256"), zeros)->initiate();
    CHECK(to_hex(shortest)
          == "46d9e0643bef5bd162700fe98cd64e896599271a54065fd495ab78a753996730d3a7c238998dbd4656fc01518db6382f"
             "28bfb09f00b0d735142d6797156d72b1a5efcc11e4537e6b9932444d1f2a0a24c7244851ffc667c6e950d86da43c01cd"
             "3dfa7c5d7765fd6addc75f44b01eb3a134f92ace8edcf2fe38d33518bc567947e8a6d878124b5e7eed3fef240e60fae8"
             "79644aecd348bbecdece4c2af34e638b0194c12a5f681c4121e9c6122332ec8d45e5d8bfe46754b7ae0aed005ed1d70a"
             "a5d76c50241613f430f62f196d7bbc7da46f19a47e45f50982c66d47dffb9ee29513aff0d418e3d4e36d21b8d885d94a"
             "2f8bb2db17639846ecf5556d88957655");

    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) {
        auto agreement = make_key_agreement(*find_kex("diffie-hellman-group14-sha256"), system_random());
        const bytes e = agreement->initiate();
        CHECK(e.size() > 200);
        CHECK(seen.insert(to_hex(e)).second);
    }
    for (int i = 0; i < 300; ++i) {
        auto agreement = make_key_agreement(*find_kex("curve25519-sha256"), system_random());
        REQUIRE(seen.insert(to_hex(agreement->initiate())).second);
    }
}
