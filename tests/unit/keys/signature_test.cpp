// signature_test.cpp - SSH signature blobs: ours, OpenSSH's, and damaged ones.
#include "sshoal/key.hpp"
#include "catch.hpp"
#include "key_files.hpp"
#include "keys/armor.hpp"
#include "keys/key_blob.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

using namespace sshoal;
using namespace sshoal::test;

namespace {

bytes signature_blob(std::string_view algorithm, byte_view value)
{
    bytes blob;
    wire::writer(blob).string(algorithm).string(value);
    return blob;
}

/// The part of an SSH signature blob behind its algorithm name.
bytes value_of(byte_view blob)
{
    wire::reader in(blob);
    in.string();
    return copy_of(in.string());
}

} // namespace

TEST_CASE("each key verifies what it signed, and nothing else")
{
    for (const auto& name : key_names) {
        const auto key = private_key::load(key_path(name)).value();
        const auto& half = key.public_half();
        for (const std::string_view algorithm : half.signature_algorithms()) {
            INFO(algorithm);
            const bytes signature = key.sign(algorithm, view_of("message")).value();
            CHECK(half.verify(algorithm, view_of("message"), signature));
            CHECK_FALSE(half.verify(algorithm, view_of("massage"), signature));
            CHECK_FALSE(half.verify(algorithm, {}, signature));
            for (const std::string_view other :
                 { "ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "none", "" })
                if (other != algorithm)
                    CHECK_FALSE(half.verify(other, view_of("message"), signature));
            for (std::size_t n = 0; n < signature.size(); ++n)
                CHECK_FALSE(half.verify(algorithm, view_of("message"), byte_view(signature).first(n)));
            bytes longer = signature;
            longer.push_back(std::byte(0));
            CHECK_FALSE(half.verify(algorithm, view_of("message"), longer));
            bytes damaged = signature;
            damaged[damaged.size() - 5] ^= std::byte(0x10);
            CHECK_FALSE(half.verify(algorithm, view_of("message"), damaged));
        }
    }
}

TEST_CASE("signatures of OpenSSH verify")
{
    for (const auto& name : key_names) {
        INFO(name);
        const auto block = keys::read_armor(key_text(name + ".sig"), "SIGNATURE").value();
        REQUIRE(block.label == "SSH SIGNATURE");
        wire::reader in{byte_view(block.content)};
        CHECK(text_of(in.take(6)) == "SSHSIG");
        CHECK(in.u32() == 1);
        const auto key = public_key::from_blob(in.string()).value();
        CHECK(key == public_key::load(key_path(name + ".pub")).value());
        const std::string_view purpose = in.text();
        const byte_view reserved = in.string();
        const std::string_view hash = in.text();
        const byte_view signature = in.string();
        REQUIRE(in.finished());
        const auto algorithm = hash == "sha256" ? crypto::hash_algorithm::sha256 : crypto::hash_algorithm::sha512;
        bytes message;
        wire::writer(message).raw(view_of("SSHSIG")).string(purpose).string(reserved).string(hash).string(
            byte_view(crypto::digest(algorithm, {view_of("a message")})));
        wire::reader head(signature);
        const std::string_view signature_algorithm = head.text();
        CHECK(key.verify(signature_algorithm, message, signature));
        message.back() ^= std::byte(1);
        CHECK_FALSE(key.verify(signature_algorithm, message, signature));
    }
}

TEST_CASE("a key signs with its own algorithms only")
{
    const auto key = private_key::load(key_path("ecdsa_p256")).value();
    for (const std::string_view other : {"ecdsa-sha2-nistp384", "ssh-ed25519", "rsa-sha2-512", "", "none"})
        CHECK(key.sign(other, view_of("message")).error().code() == errc::unknown_algorithm);
    CHECK(private_key().sign("ssh-ed25519", view_of("message")).error().code() == errc::unknown_algorithm);
}

TEST_CASE("ECDSA numbers are canonical, positive and no longer than the order")
{
    const auto key = private_key::load(key_path("ecdsa_p256")).value();
    const auto refused = [&](byte_view pair) {
        return !key.public_half().verify("ecdsa-sha2-nistp256", view_of("message"), signature_blob("ecdsa-sha2-nistp256", pair));
    };
    const bytes one{std::byte(1)}, negative{std::byte(0x80)}, padded{std::byte(0), std::byte(1)};
    const auto pair_of = [](byte_view r, byte_view s) {
        bytes pair;
        wire::writer(pair).string(r).string(s);
        return pair;
    };
    CHECK(refused({}));
    CHECK(refused(pair_of({}, {})));
    CHECK(refused(pair_of(one, {})));
    CHECK(refused(pair_of(one, negative)));
    CHECK(refused(pair_of(padded, one)));
    CHECK(refused(pair_of(one, bytes(33, std::byte(0x7f)))));
    CHECK(refused(pair_of(bytes(1000, std::byte(0x7f)), one)));
    bytes with_tail = value_of(key.sign("ecdsa-sha2-nistp256", view_of("message")).value());
    CHECK_FALSE(refused(with_tail));
    with_tail.push_back(std::byte(0));
    CHECK(refused(with_tail));
}

TEST_CASE("an RSA signature whose leading zeros were dropped is taken, a longer one is not")
{
    const auto key = private_key::load(key_path("rsa")).value();
    const auto& half = key.public_half();
    // One signature in 256 starts with a zero byte.
    bytes value;
    std::string message;
    for (unsigned i = 0; i < 20'000 && (value.empty() || value.front() != std::byte(0)); ++i) {
        message = "message " + std::to_string(i);
        value = value_of(key.sign("rsa-sha2-256", view_of(message)).value());
    }
    REQUIRE(value.front() == std::byte(0));
    CHECK(half.verify("rsa-sha2-256", view_of(message), signature_blob("rsa-sha2-256", value)));
    CHECK(half.verify("rsa-sha2-256", view_of(message), signature_blob("rsa-sha2-256", byte_view(value).subspan(1))));
    value.insert(value.begin(), std::byte(0));
    CHECK_FALSE(half.verify("rsa-sha2-256", view_of(message), signature_blob("rsa-sha2-256", value)));
    CHECK_FALSE(half.verify("rsa-sha2-256", view_of(message), signature_blob("rsa-sha2-256", {})));
}

TEST_CASE("an Ed25519 signature is 64 bytes")
{
    const auto key = private_key::load(key_path("ed25519")).value();
    for (const std::size_t size : {0u, 63u, 65u, 128u})
        CHECK_FALSE(key.public_half().verify("ssh-ed25519", view_of("message"), signature_blob("ssh-ed25519", bytes(size))));
}
