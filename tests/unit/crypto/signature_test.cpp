#include "catch.hpp"
#include "crypto/signature.hpp"
#include "support.hpp"
#include "vectors.hpp"
#include "wycheproof.hpp"

#include <botan/bigint.h>
#include <botan/numthry.h>

#include <atomic>
#include <set>
#include <thread>

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

bytes sign(const signing_key& key, byte_view message, hash_algorithm hash = hash_algorithm::sha256)
{
    return key.sign(hash, message, system_random());
}

std::unique_ptr<signing_key> signer(const private_numbers& k)
{
    auto key = make_signing_key(k);
    REQUIRE(key);
    return std::move(*key);
}

std::unique_ptr<verifying_key> verifier(const private_numbers& k)
{
    auto key = make_verifying_key(public_half(k));
    REQUIRE(key);
    return std::move(*key);
}

private_numbers rsa_key()
{
    auto k = read_pkcs8(published("rsa.pkcs8"), false, {});
    REQUIRE(k);
    return *k;
}

std::vector<private_numbers> one_of_each()
{
    deterministic_random random(42);
    return {generate_ed25519(random), generate_ecdsa(curve::nistp256, random), generate_ecdsa(curve::nistp384, random),
            generate_ecdsa(curve::nistp521, random), rsa_key()};
}

bool is_bad_key(const error_code& e) { return e == errc::bad_key; }

} // namespace

TEST_CASE("Ed25519 has the published values of RFC 8032 §7.1")
{
    const std::tuple<const char*, const char*, const char*, const char*> vectors[]
        = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172"
            "f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f059"
            "5bbe24655141438e7a100b"},
           {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982c"
            "cf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4"
            "302aeeb00d291612bb0c00"}};
    for (const auto& [seed, point, message, signature] : vectors) {
        const bytes s = hex(seed);
        const auto key = signer(ed25519_private{secure_bytes(s.begin(), s.end()), hex(point)});
        CHECK(to_hex(sign(*key, hex(message))) == signature);
        CHECK((*make_verifying_key(ed25519_public{hex(point)}))->verify(hash_algorithm::sha512, hex(message), hex(signature)));
    }
}

TEST_CASE("Ed25519 agrees with Wycheproof")
{
    const std::size_t all = for_each_wycheproof("ed25519_test.json", [](wycheproof_case& c) {
        INFO("case " << c["tcId"] << " " << c["comment"]);
        auto key = make_verifying_key(ed25519_public{hex(c["pk"])});
        REQUIRE(key);
        CHECK((*key)->verify(hash_algorithm::sha512, hex(c["msg"]), hex(c["sig"])) == (c["result"] == "valid"));
    });
    CHECK((all == 0 || all > 100));
}

TEST_CASE("ECDSA signs as RFC 6979 A.2.5 says, without needing randomness for its nonce")
{
    const bytes x = hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
    const bytes point = hex("0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
                            "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
    const auto key = signer(ecdsa_private{curve::nistp256, point, secure_bytes(x.begin(), x.end())});
    CHECK(to_hex(sign(*key, view_of("sample")))
          == "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
             "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
}

TEST_CASE("signatures of another implementation verify")
{
    const byte_view message = view_of("a message from another implementation");
    for (const char* name : {"ed25519", "p256", "p384", "p521"}) {
        INFO(name);
        auto key = read_pkcs8(published(std::string(name) + ".pkcs8"), false, {});
        REQUIRE(key);
        CHECK(verifier(*key)->verify(hash_algorithm::sha256, message, published(std::string(name) + ".signature")));
    }
    const auto key = verifier(rsa_key());
    CHECK(key->verify(hash_algorithm::sha1, message, published("rsa.signature.sha1")));
    CHECK(key->verify(hash_algorithm::sha256, message, published("rsa.signature.sha256")));
    CHECK(key->verify(hash_algorithm::sha512, message, published("rsa.signature.sha512")));
    CHECK_FALSE(key->verify(hash_algorithm::sha256, message, published("rsa.signature.sha512")));
    CHECK_FALSE(key->verify(hash_algorithm::md5, message, published("rsa.signature.sha256")));
}

TEST_CASE("every kind of key verifies what it signed and nothing else")
{
    for (const auto& k : one_of_each()) {
        const auto key = signer(k);
        const auto check = verifier(k);
        for (std::size_t size : {0U, 1U, 100U, 5000U}) {
            const bytes message = some_bytes(size, size);
            const bytes signature = sign(*key, message);
            REQUIRE(check->verify(hash_algorithm::sha256, message, signature));
            bytes other = message;
            other.push_back(std::byte(1));
            CHECK_FALSE(check->verify(hash_algorithm::sha256, other, signature));
        }
        const bytes message = some_bytes(64, 1);
        const bytes signature = sign(*key, message);
        for (std::size_t i = 0; i<signature.size(); i += signature.size()> 100 ? 17 : 1) {
            bytes damaged = signature;
            damaged[i] ^= std::byte(1 << i % 8);
            CHECK_FALSE(check->verify(hash_algorithm::sha256, message, damaged));
        }
        bytes longer = signature;
        longer.push_back(std::byte(0));
        CHECK_FALSE(check->verify(hash_algorithm::sha256, message, longer));
        longer.insert(longer.begin(), std::byte(0));
        CHECK_FALSE(check->verify(hash_algorithm::sha256, message, longer));
        for (std::size_t size : {std::size_t(0), std::size_t(1), signature.size() / 2, signature.size() - 1})
            CHECK_FALSE(check->verify(hash_algorithm::sha256, message, byte_view(signature).first(size)));
        CHECK_FALSE(check->verify(hash_algorithm::sha256, message, bytes(signature.size())));
        CHECK_FALSE(check->verify(hash_algorithm::sha256, message, bytes(signature.size(), std::byte(0xff))));
    }
}

TEST_CASE("an RSA signature may come without its leading zeros")
{
    const auto k = rsa_key();
    const auto key = signer(k);
    const auto check = verifier(k);
    bool found = false;
    for (std::uint64_t i = 0; i < 2000 && !found; ++i) {
        const bytes message = some_bytes(16, i);
        const bytes signature = sign(*key, message);
        if (signature.front() == std::byte(0)) {
            found = true;
            CHECK(check->verify(hash_algorithm::sha256, message, byte_view(signature).subspan(1)));
        }
    }
    CHECK(found); // one in 256 begins with zero
    CHECK(sign(*key, {}, hash_algorithm::md5).empty());
    CHECK(sign(*key, {}, hash_algorithm::sha384).empty());
}

TEST_CASE("one signing key serves several threads at once")
{
    for (const auto& k : one_of_each()) {
        const auto key = signer(k);
        const auto check = verifier(k);
        std::atomic<int> good{0};
        std::vector<std::thread> threads;
        for (std::uint64_t t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (std::uint64_t i = 0; i < 10; ++i) {
                    const bytes message = some_bytes(100, t * 100 + i);
                    good += check->verify(hash_algorithm::sha512, message, sign(*key, message, hash_algorithm::sha512));
                }
            });
        for (auto& t : threads)
            t.join();
        CHECK(good == 40);
    }
}

TEST_CASE("public keys with unacceptable numbers are refused")
{
    const auto refused = [](const public_numbers& k) {
        auto key = make_verifying_key(k);
        return !key && is_bad_key(key.error());
    };
    for (std::size_t size : {0U, 31U, 33U})
        CHECK(refused(ed25519_public{bytes(size)}));
    deterministic_random random(1);
    const auto good = std::get<ecdsa_public>(public_half(generate_ecdsa(curve::nistp384, random)));
    CHECK(make_verifying_key(good));
    auto bad = good;
    bad.point.back() ^= std::byte(1);
    CHECK(refused(bad));
    bad = good;
    bad.point.push_back(std::byte(0));
    CHECK(refused(bad));
    bad = good;
    bad.group = curve::nistp256;
    CHECK(refused(bad));
    CHECK(refused(ecdsa_public{curve::nistp256, {std::byte(0)}}));
    CHECK(refused(ecdsa_public{curve::nistp256, {}}));

    const auto rsa = std::get<rsa_public>(public_half(rsa_key()));
    CHECK(make_verifying_key(rsa));
    for (const char* e : {"", "00", "01", "02", "04", "010000", "01ffffffffffffffff", "ffffffffffffffffffffffffffffffffffffffff"})
        CHECK(refused(rsa_public{hex(e), rsa.n}));
    auto even = rsa;
    even.n.back() &= std::byte(0xfe);
    CHECK(refused(even));
    CHECK(refused(rsa_public{rsa.e, {}}));
    CHECK(refused(rsa_public{rsa.e, bytes(127, std::byte(0xff))})); // 1016 bits
    CHECK(make_verifying_key(rsa_public{rsa.e, bytes(128, std::byte(0xff))})); // 1024 bits
    CHECK(refused(rsa_public{rsa.e, bytes(2049, std::byte(0xff))})); // more than 16384
    CHECK(refused(rsa_public{rsa.e, bytes(1 << 20, std::byte(0xff))}));
    CHECK(make_verifying_key(rsa_public{hex("03"), bytes(2048, std::byte(0xff))}));
}

TEST_CASE("private keys whose halves do not belong together are refused")
{
    const auto refused = [](const private_numbers& k) {
        auto key = make_signing_key(k);
        return !key && is_bad_key(key.error());
    };
    const auto all = one_of_each();
    auto ed = std::get<ed25519_private>(all[0]);
    ed.point[3] ^= std::byte(1);
    CHECK(refused(ed));
    ed = std::get<ed25519_private>(all[0]);
    ed.seed.pop_back();
    CHECK(refused(ed));
    for (std::size_t i = 1; i <= 3; ++i) {
        auto ec = std::get<ecdsa_private>(all[i]);
        ec.scalar.back() ^= std::byte(1);
        CHECK(refused(ec));
        for (const char* scalar : {"", "00"}) {
            const bytes s = hex(scalar);
            ec.scalar.assign(s.begin(), s.end());
            CHECK(refused(ec));
        }
        ec.scalar.assign(ec.point.size() / 2, std::byte(0xff)); // more than the order
        CHECK(refused(ec));
    }
    const auto rsa = std::get<rsa_private>(all[4]);
    for (auto member : {&rsa_private::d, &rsa_private::p, &rsa_private::q, &rsa_private::iqmp}) {
        auto bad = rsa;
        (bad.*member).back() ^= std::byte(2);
        CHECK(refused(bad));
        (bad.*member).clear();
        CHECK(refused(bad));
        (bad.*member).assign(10000, std::byte(0xff));
        CHECK(refused(bad));
    }
    auto swapped = rsa;
    std::swap(swapped.p, swapped.q);
    CHECK(refused(swapped)); // iqmp belongs to the order
    auto trivial = rsa;
    trivial.p.assign(1, std::byte(1));
    trivial.q.assign(rsa.n.begin(), rsa.n.end());
    CHECK(refused(trivial));
}

TEST_CASE("nonces of ECDSA on P-521 use all of their 521 bits (T35)")
{
    const Botan::BigInt order("0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"
                              "51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409");
    deterministic_random random(9);
    const auto k = std::get<ecdsa_private>(generate_ecdsa(curve::nistp521, random));
    const auto key = signer(k);
    const auto number = [](byte_view b) { return Botan::BigInt(octets(b), b.size()); };
    const Botan::BigInt secret = number(k.scalar);
    int zeros = 0;
    std::set<std::string> seen;
    constexpr int rounds = 100;
    for (std::uint64_t i = 0; i < rounds; ++i) {
        const bytes message = some_bytes(50, i);
        const bytes signature = sign(*key, message);
        const Botan::BigInt r = number(byte_view(signature).first(66)), s = number(byte_view(signature).last(66));
        const Botan::BigInt hashed = number(digest(hash_algorithm::sha512, {message}));
        // s = (hash + r * secret) / nonce
        const Botan::BigInt nonce = (hashed + r * secret) * Botan::inverse_mod(s, order) % order;
        zeros += nonce.bits() <= 512; // one in 512
        CHECK(seen.insert(nonce.to_hex_string()).second);
    }
    CHECK(zeros < 8);
}

TEST_CASE("generated keys are valid, differ, and RSA sizes have limits")
{
    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) {
        const auto ed = std::get<ed25519_private>(generate_ed25519(system_random()));
        CHECK(seen.insert(to_hex(ed.point)).second);
        const auto ec = std::get<ecdsa_private>(generate_ecdsa(curve::nistp521, system_random()));
        CHECK(seen.insert(to_hex(ec.point)).second);
        CHECK(make_signing_key(ec));
    }
    for (std::size_t bits : {0U, 512U, 1024U, 2047U, 16385U, 1000000U}) {
        auto key = generate_rsa(bits, system_random());
        REQUIRE_FALSE(key);
        CHECK(key.error() == errc::invalid_argument);
    }
    auto rsa = generate_rsa(2048, system_random());
    REQUIRE(rsa);
    CHECK(std::get<rsa_private>(*rsa).n.size() == 256);
    CHECK(make_signing_key(*rsa));
    CHECK(curve_bits(curve::nistp521) == 521);
    CHECK(curve_hash(curve::nistp384) == hash_algorithm::sha384);
}
