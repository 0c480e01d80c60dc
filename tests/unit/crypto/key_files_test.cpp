#include "catch.hpp"
#include "crypto/signature.hpp"
#include "support.hpp"
#include "vectors.hpp"

#include <chrono>

using namespace sshoal;
using namespace sshoal::crypto;
using namespace sshoal::crypto::test;

namespace {

bool same(const private_numbers& a, const private_numbers& b) { return write_pkcs8(a) == write_pkcs8(b); }

} // namespace

TEST_CASE("PKCS#8, PKCS#1 and SEC1 files of another implementation are read, and give the same key")
{
    for (const std::string name : {"ed25519", "p256", "p384", "p521", "rsa"}) {
        INFO(name);
        auto key = read_pkcs8(published(name + ".pkcs8"), false, {});
        REQUIRE(key);
        CHECK(make_signing_key(*key));
        CHECK(write_pkcs8(*key) == published(name + ".pkcs8"));
        if (name == "ed25519")
            continue;
        auto traditional = name == "rsa" ? read_pkcs1(published("rsa.traditional")) : read_sec1(published(name + ".traditional"));
        REQUIRE(traditional);
        CHECK(same(*key, *traditional));
    }
}

TEST_CASE("generated keys survive being written and read")
{
    deterministic_random random(3);
    for (int i = 0; i < 40; ++i)
        for (const private_numbers& k : {generate_ed25519(random), generate_ecdsa(curve::nistp256, random),
                                         generate_ecdsa(curve::nistp384, random), generate_ecdsa(curve::nistp521, random)}) {
            auto again = read_pkcs8(write_pkcs8(k), false, {});
            REQUIRE(again);
            REQUIRE(same(*again, k));
            REQUIRE(make_signing_key(*again));
        }
}

TEST_CASE("encrypted PKCS#8 files open with their passphrase only")
{
    for (const std::string name : {"ed25519", "p256"}) {
        auto plain = read_pkcs8(published(name + ".pkcs8"), false, {});
        REQUIRE(plain);
        for (const char* scheme : {"aes256", "aes128-sha512", "aes192-sha1", "des3", "scrypt"}) {
            INFO(name << " " << scheme);
            const bytes& file = published(name + ".encrypted." + scheme);
            auto key = read_pkcs8(file, true, "correct horse");
            REQUIRE(key);
            CHECK(same(*key, *plain));
            auto wrong = read_pkcs8(file, true, "battery staple");
            REQUIRE_FALSE(wrong);
            CHECK(wrong.error() == errc::bad_passphrase);
            auto none = read_pkcs8(file, true, "");
            REQUIRE_FALSE(none);
            CHECK(none.error() == errc::passphrase_required);
        }
        auto old = read_pkcs8(published(name + ".encrypted.pbes1"), true, "correct horse");
        REQUIRE(old);
        CHECK(same(*old, *plain));
        auto wrong_old = read_pkcs8(published(name + ".encrypted.pbes1"), true, "battery staple");
        REQUIRE_FALSE(wrong_old);
        CHECK(wrong_old.error() == errc::bad_passphrase);
    }
}

TEST_CASE("keys of kinds that are not supported say so")
{
    const auto code = [](const result<private_numbers>& r) { return r ? error_code() : r.error(); };
    CHECK_FALSE(code(read_sec1(published("explicit.traditional")))); // P-256 by its numbers
    CHECK(code(read_sec1(published("secp256k1.traditional"))) == errc::unsupported_key);
    const auto small = read_pkcs1(published("rsa1024.traditional"));
    REQUIRE(small);
    CHECK(too_few_bits(public_half(*small)) == 0); // whether 1024 bits will do is not for the files to say
    CHECK(make_signing_key(*small).has_value());
    CHECK(code(read_pkcs8(hex("302e020100300506032b656e04220420000000000000000000000000000000000000000000000000000000"
                              "0000000000"),
                          false, {}))
          == errc::unsupported_key); // X25519
}

TEST_CASE("damaged key files are refused, cut anywhere and with any byte changed")
{
    for (const std::string name : {"ed25519", "p256", "rsa"}) {
        const bytes& file = published(name + ".pkcs8");
        auto good = read_pkcs8(file, false, {});
        REQUIRE(good);
        for (std::size_t size = 0; size < file.size(); ++size)
            REQUIRE_FALSE(read_pkcs8(byte_view(file).first(size), false, {}));
        for (std::size_t i = 0; i < file.size(); i += name == "rsa" ? 7 : 1) {
            bytes damaged = file;
            damaged[i] ^= std::byte(0x81);
            auto key = read_pkcs8(damaged, false, {}); // some changes make another valid key; none makes the same one
            if (key && name != "rsa")
                CHECK_FALSE(same(*key, *good));
        }
    }
    const bytes& encrypted = published("p256.encrypted.scrypt");
    for (std::size_t i = 0; i < encrypted.size(); i += 3) {
        bytes damaged = encrypted;
        damaged[i] ^= std::byte(0x55);
        const auto start = std::chrono::steady_clock::now();
        (void)read_pkcs8(damaged, true, "correct horse");
        CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
    }
    CHECK_FALSE(read_pkcs8(bytes(1 << 20, std::byte(0x30)), false, {}));
    CHECK_FALSE(read_pkcs8(hex("3080"), false, {}));
    CHECK_FALSE(read_pkcs8(hex("3084ffffffff"), false, {}));
    CHECK_FALSE(read_pkcs1(hex("3000")));
    CHECK_FALSE(read_sec1(hex("3003020101")));
}

TEST_CASE("absurd key derivations are refused at once")
{
    // The same file, with an iteration count of four bytes and with one that is zero.
    const bytes& file = published("ed25519.encrypted.aes256");
    const std::string text = to_hex(file);
    const auto at = text.find("02020800"); // INTEGER 2048
    REQUIRE(at != text.npos);
    for (const char* count : {"02020000", "0202ffff"}) {
        std::string changed = text;
        changed.replace(at, 8, count);
        const auto start = std::chrono::steady_clock::now();
        CHECK_FALSE(read_pkcs8(hex(changed), true, "correct horse"));
        CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
    }
    const auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(bcrypt_pbkdf("p", view_of("salt"), max_bcrypt_rounds + 1, 32));
    CHECK_FALSE(bcrypt_pbkdf("p", view_of("salt"), 0xffffffff, 32));
    CHECK_FALSE(bcrypt_pbkdf("p", view_of("salt"), 0, 32));
    CHECK_FALSE(bcrypt_pbkdf("p", {}, 16, 32));
    CHECK_FALSE(bcrypt_pbkdf("p", view_of("salt"), 16, 1 << 20));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
    auto empty = bcrypt_pbkdf("", view_of("salt"), 16, 32);
    REQUIRE_FALSE(empty);
    CHECK(empty.error() == errc::passphrase_required);
}

TEST_CASE("bcrypt_pbkdf has OpenBSD's published value")
{
    auto key = bcrypt_pbkdf("password", view_of("salt"), 4, 32);
    REQUIRE(key);
    CHECK(to_hex(*key) == "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9");
}

TEST_CASE("blocks of key files decrypt to what was encrypted, with published values for CBC and CTR")
{
    for (const char* name : {"aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"}) {
        INFO(name);
        const file_cipher* c = find_file_cipher(name);
        REQUIRE(c);
        const bytes key = some_bytes(c->key_size, 1), iv = some_bytes(c->iv_size, 2), data = some_bytes(c->block_size * 20, 3);
        auto sealed = encrypt_block(name, key, iv, data);
        REQUIRE(sealed);
        CHECK_FALSE(equal(*sealed, data));
        auto opened = decrypt_block(name, key, iv, *sealed);
        REQUIRE(opened);
        CHECK(equal(*opened, data));
        CHECK(decrypt_block(name, key, iv, {}));
        CHECK_FALSE(decrypt_block(name, key, iv, byte_view(data).first(c->block_size + 1)));
        CHECK_FALSE(decrypt_block(name, byte_view(key).first(8), iv, data));
        CHECK_FALSE(decrypt_block(name, key, byte_view(iv).first(4), data));
    }
    // SP 800-38A F.2.1 and F.5.1
    const bytes key = hex("2b7e151628aed2a6abf7158809cf4f3c"), text = hex("6bc1bee22e409f96e93d7e117393172a");
    CHECK(to_hex(*encrypt_block("aes128-cbc", key, hex("000102030405060708090a0b0c0d0e0f"), text))
          == "7649abac8119b246cee98e9b12e9197d");
    CHECK(to_hex(*encrypt_block("aes128-ctr", key, hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), text))
          == "874d6191b620e3261bef6864990db6ce");
    CHECK(find_file_cipher("none") == nullptr);
    CHECK(decrypt_block("rot13", {}, {}, {}).error() == errc::unsupported_key);
}
