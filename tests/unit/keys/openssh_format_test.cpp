// openssh_format_test.cpp - openssh-key-v1 files that somebody made up: each field wrong in turn.
#include "sshoal/key.hpp"
#include "catch.hpp"
#include "key_files.hpp"
#include "keys/armor.hpp"
#include "keys/openssh_format.hpp"
#include "stopwatch.hpp"
#include "wire/writer.hpp"

using namespace sshoal;
using namespace sshoal::test;

namespace {

/// A file of one Ed25519 key, every field of which a test can change.
struct made_up_file {
    std::string magic = std::string("openssh-key-v1\0", 15);
    std::string cipher = "none", kdf = "none";
    bytes options;
    std::uint32_t count = 1;
    bytes outer_blob;
    std::uint32_t check = 7, check_again = 7;
    bytes numbers;
    std::string comment = "comment";
    bytes padding;
    bytes tail;
    crypto::ed25519_private key;

    made_up_file()
    {
        crypto::deterministic_random random(1);
        key = std::get<crypto::ed25519_private>(crypto::generate_ed25519(random));
        wire::writer(outer_blob).string(std::string_view("ssh-ed25519")).string(byte_view(key.point));
        set_numbers(key.point, key.seed, key.point);
        set_padding(0);
    }
    void set_numbers(byte_view point, byte_view seed, byte_view second_point)
    {
        numbers.clear();
        bytes both = copy_of(seed);
        append(both, second_point);
        wire::writer(numbers).string(std::string_view("ssh-ed25519")).string(point).string(byte_view(both));
    }
    void set_padding(std::size_t more_blocks)
    {
        const std::size_t used = 8 + numbers.size() + 4 + comment.size();
        padding.clear();
        for (std::size_t i = 0; i < (8 - used % 8) % 8 + 8 * more_blocks; ++i)
            padding.push_back(std::byte(i + 1));
    }
    error_code error(std::string_view passphrase = {}) const
    {
        bytes section;
        wire::writer(section).u32(check).u32(check_again).raw(numbers).string(comment).raw(padding);
        bytes content;
        wire::writer(content).raw(view_of(magic)).string(cipher).string(kdf).string(byte_view(options)).u32(count);
        wire::writer(content).string(byte_view(outer_blob)).string(byte_view(section)).raw(tail);
        const auto parsed = private_key::parse(keys::write_armor("OPENSSH PRIVATE KEY", content), passphrase);
        return parsed ? error_code() : parsed.error().code();
    }
};

bytes bcrypt_options(std::size_t salt, std::uint32_t rounds)
{
    bytes options;
    wire::writer(options).string(byte_view(bytes(salt, std::byte(1)))).u32(rounds);
    return options;
}

} // namespace

TEST_CASE("the made-up file is good before anything is changed")
{
    CHECK_FALSE(made_up_file().error());
}

TEST_CASE("a file that is not of this format, or holds other than one key, is refused")
{
    made_up_file file;
    SECTION("magic") { file.magic[0] = 'O'; }
    SECTION("magic without its NUL") { file.magic.pop_back(); }
    SECTION("no key") { file.count = 0; }
    SECTION("two keys") { file.count = 2; }
    SECTION("very many keys") { file.count = 0xffffffff; }
    SECTION("bytes behind the end") { file.tail = {std::byte(0)}; }
    SECTION("options without a KDF") { file.options = bcrypt_options(16, 16); }
    SECTION("cipher without KDF") { file.cipher = "aes256-ctr"; }
    SECTION("KDF without cipher") { file.kdf = "bcrypt"; file.options = bcrypt_options(16, 16); }
    CHECK(file.error("passphrase") == errc::bad_key);
}

TEST_CASE("unknown ciphers, KDFs and key types are unsupported")
{
    made_up_file file;
    SECTION("cipher") { file.cipher = "rot13"; file.kdf = "bcrypt"; file.options = bcrypt_options(16, 16); }
    SECTION("KDF") { file.cipher = "aes256-ctr"; file.kdf = "argon2id"; }
    SECTION("key type")
    {
        file.numbers.clear();
        wire::writer(file.numbers).string(std::string_view("ssh-dss"));
        file.set_padding(0);
    }
    CHECK(file.error("passphrase") == errc::unsupported_key);
}

TEST_CASE("check values that differ are a bad key, as nothing is encrypted")
{
    made_up_file file;
    file.check_again = 8;
    CHECK(file.error() == errc::bad_key);
}

TEST_CASE("padding is 1, 2, 3 and so on, up to a whole number of blocks")
{
    made_up_file file;
    file.set_padding(1);
    CHECK_FALSE(file.error());
    SECTION("wrong first byte") { file.padding[0] = std::byte(0); }
    SECTION("wrong last byte") { file.padding.back() ^= std::byte(1); }
    SECTION("a byte too few") { file.padding.pop_back(); }
    SECTION("a byte too many") { file.padding.push_back(std::byte(file.padding.size() + 1)); }
    SECTION("more than the numbers that a byte holds") { file.set_padding(32); }
    CHECK(file.error() == errc::bad_key);
}

TEST_CASE("halves of an Ed25519 key that do not belong together are refused")
{
    made_up_file file;
    crypto::deterministic_random random(2);
    const auto other = std::get<crypto::ed25519_private>(crypto::generate_ed25519(random));
    const byte_view point = file.key.point, seed = file.key.seed;
    SECTION("stored point differs inside") { file.set_numbers(point, seed, other.point); }
    SECTION("both stored points are another key's")
    {
        file.set_numbers(other.point, seed, other.point);
        file.outer_blob.clear();
        wire::writer(file.outer_blob).string(std::string_view("ssh-ed25519")).string(byte_view(other.point));
    }
    SECTION("another seed") { file.set_numbers(point, other.seed, point); }
    SECTION("public key outside is another one")
    {
        file.outer_blob.clear();
        wire::writer(file.outer_blob).string(std::string_view("ssh-ed25519")).string(byte_view(other.point));
    }
    SECTION("no public key outside") { file.outer_blob.clear(); }
    SECTION("short seed") { file.set_numbers(point, seed.first(31), point); file.set_padding(0); }
    SECTION("long seed") { file.set_numbers(point, bytes(33), point); file.set_padding(0); }
    SECTION("short point") { file.set_numbers(point.first(31), seed, point); file.set_padding(0); }
    CHECK(file.error() == errc::bad_key);
}

TEST_CASE("a file cannot keep us busy with bcrypt")
{
    const stopwatch watch;
    made_up_file file;
    file.cipher = "aes256-ctr";
    file.kdf = "bcrypt";
    file.comment.resize(file.comment.size() + 8);
    while ((8 + file.numbers.size() + 4 + file.comment.size() + file.padding.size()) % 16 != 0)
        file.padding.push_back(std::byte(0));
    for (const std::uint32_t rounds : {0u, 100'000u, 1'000'000u, 0xffffffffu}) {
        file.options = bcrypt_options(16, rounds);
        CHECK(file.error("passphrase") == errc::bad_key);
    }
    file.options = bcrypt_options(0, 16);
    CHECK(file.error("passphrase") == errc::bad_key);
    file.options = bcrypt_options(16, 1);
    for (std::size_t n = 0; n < file.options.size(); ++n) {
        made_up_file cut = file;
        cut.options.resize(n);
        CHECK(cut.error("passphrase") == errc::bad_key);
    }
    file.options.push_back(std::byte(0));
    CHECK(file.error("passphrase") == errc::bad_key);
    CHECK(watch.seconds() < 1);
    file.options.pop_back();
    CHECK(file.error("passphrase") == errc::bad_passphrase);
    CHECK(file.error() == errc::passphrase_required);
}

TEST_CASE("ECDSA and RSA keys whose halves do not belong together are refused")
{
    crypto::deterministic_random random(3);
    for (const auto group : {crypto::curve::nistp256, crypto::curve::nistp384, crypto::curve::nistp521}) {
        auto one = std::get<crypto::ecdsa_private>(crypto::generate_ecdsa(group, random));
        const auto other = std::get<crypto::ecdsa_private>(crypto::generate_ecdsa(group, random));
        const auto parses = [&] {
            return private_key::parse(keys::write_armor("OPENSSH PRIVATE KEY", keys::write_openssh(one, {}, {}, random)))
                .has_value();
        };
        CHECK(parses());
        one.point = other.point;
        CHECK_FALSE(parses());
    }
    const auto block = keys::read_armor(key_text("rsa")).value();
    auto rsa = std::get<crypto::rsa_private>(keys::read_openssh(block.content, {}).value().numbers);
    rsa.d.back() ^= std::byte(2);
    CHECK_FALSE(
        private_key::parse(keys::write_armor("OPENSSH PRIVATE KEY", keys::write_openssh(rsa, {}, {}, random))).has_value());
}
