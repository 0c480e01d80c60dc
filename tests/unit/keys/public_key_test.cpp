// public_key_test.cpp - public keys in blobs and lines, against ssh-keygen's files and hostile ones.
#include "sshoal/key.hpp"
#include "catch.hpp"
#include "key_files.hpp"
#include "keys/base64.hpp"
#include "keys/key_impl.hpp"
#include "wire/writer.hpp"

#include <set>
#include <sstream>
#include <unordered_set>

using namespace sshoal;
using namespace sshoal::test;

namespace {

error_code blob_error(byte_view blob)
{
    const auto key = public_key::from_blob(blob);
    return key ? error_code() : key.error().code();
}

error_code line_error(std::string_view line)
{
    const auto key = public_key::from_line(line);
    return key ? error_code() : key.error().code();
}

bytes rsa_blob(bytes e, bytes n)
{
    bytes blob;
    wire::writer(blob).string(std::string_view("ssh-rsa")).mpint(e).mpint(n);
    return blob;
}

bytes odd_number(std::size_t bits)
{
    bytes n((bits + 7) / 8, std::byte(0xff));
    if (bits % 8 != 0)
        n[0] = std::byte(0xff >> (8 - bits % 8));
    return n;
}

bytes ecdsa_blob(std::string_view type, std::string_view curve, byte_view point)
{
    bytes blob;
    wire::writer(blob).string(type).string(curve).string(point);
    return blob;
}

} // namespace

TEST_CASE("public key files of ssh-keygen are read, and written as they were")
{
    std::istringstream fingerprints(key_text("fingerprints.txt"));
    for (const auto& name : key_names) {
        INFO(name);
        const auto key = public_key::load(key_path(name + ".pub")).value();
        CHECK(key.line() + "\n" == key_text(name + ".pub"));
        std::size_t bits = 0;
        std::string fingerprint, comment, rest;
        fingerprints >> bits >> fingerprint >> comment;
        std::getline(fingerprints, rest);
        CHECK(key.bits() == bits);
        CHECK(key.fingerprint() == fingerprint);
        CHECK(key.comment() == comment);
        const auto again = public_key::from_blob(key.blob()).value();
        CHECK(again == key);
        CHECK(again.type_name() == key.line().substr(0, key.line().find(' ')));
        CHECK(again.comment().empty());
        CHECK(again.line() + " " + comment == key.line());
    }
}

TEST_CASE("keys are equal by their numbers only")
{
    const auto one = public_key::load(key_path("ed25519.pub")).value();
    const auto other = public_key::load(key_path("ecdsa_p256.pub")).value();
    CHECK(one == public_key::from_line(one.line().substr(0, one.line().rfind(' ')) + " another comment").value());
    CHECK_FALSE(one == other);
    CHECK_FALSE(one == public_key());
    CHECK(public_key() == public_key());
    CHECK_FALSE(public_key());
}

TEST_CASE("the signature algorithms of a key come best first")
{
    const auto algorithms = [](const char* name) { return public_key::load(key_path(name)).value().signature_algorithms(); };
    CHECK(algorithms("rsa.pub") == std::vector<std::string_view>{"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"});
    CHECK(algorithms("ed25519.pub") == std::vector<std::string_view>{"ssh-ed25519"});
    CHECK(algorithms("ecdsa_p384.pub") == std::vector<std::string_view>{"ecdsa-sha2-nistp384"});
}

TEST_CASE("every truncation and any extension of a key blob is a bad key")
{
    for (const auto& name : key_names) {
        INFO(name);
        const auto key = public_key::load(key_path(name + ".pub")).value();
        const bytes whole = copy_of(byte_view(key.blob()));
        for (std::size_t n = 0; n < whole.size(); ++n)
            CHECK(blob_error(byte_view(whole).first(n)) == errc::bad_key);
        bytes longer = whole;
        longer.push_back(std::byte(0));
        CHECK(blob_error(longer) == errc::bad_key);
    }
}

TEST_CASE("key types that are not implemented are unsupported, not bad")
{
    for (const std::string_view type :
         { "ssh-dss", "sk-ssh-ed25519@openssh.com", "ssh-ed25519-cert-v01@openssh.com", "ssh-ed448", "" }) {
        bytes blob;
        wire::writer(blob).string(type).string(std::string_view("whatever"));
        CHECK(blob_error(blob) == errc::unsupported_key);
    }
    CHECK(line_error("ssh-dss AAAAB3NzaC1kc3M=") == errc::unsupported_key);
}

TEST_CASE("an Ed25519 key is 32 bytes")
{
    for (const std::size_t size : {0u, 31u, 33u, 64u}) {
        bytes blob;
        wire::writer(blob).string(std::string_view("ssh-ed25519")).string(byte_view(bytes(size)));
        CHECK(blob_error(blob) == errc::bad_key);
    }
}

TEST_CASE("ECDSA points must lie on their curve, in uncompressed form")
{
    const auto good = public_key::load(key_path("ecdsa_p256.pub")).value();
    const byte_view point = byte_view(good.blob()).last(65);
    CHECK_FALSE(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", point)));
    bytes off_curve = copy_of(point);
    off_curve.back() ^= std::byte(1);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", off_curve)) == errc::bad_key);
    bytes zero(65);
    zero[0] = std::byte(4);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", zero)) == errc::bad_key);
    bytes beyond_prime(65, std::byte(0xff));
    beyond_prime[0] = std::byte(4);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", beyond_prime)) == errc::bad_key);
    bytes compressed = copy_of(point.first(33));
    compressed[0] = std::byte(2) | (point.back() & std::byte(1));
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", compressed)) == errc::bad_key);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", bytes{std::byte(0)})) == errc::bad_key);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", {})) == errc::bad_key);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp256", "nistp384", point)) == errc::bad_key);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp384", "nistp384", point)) == errc::bad_key);
    CHECK(blob_error(ecdsa_blob("ecdsa-sha2-nistp384", "nistp256", point)) == errc::bad_key);
}

TEST_CASE("RSA keys outside the limits are bad keys")
{
    const bytes f4{std::byte(1), std::byte(0), std::byte(1)};
    for (const std::size_t bits : {1024u, 2047u, 2048u, 16384u})
        CHECK_FALSE(blob_error(rsa_blob(f4, odd_number(bits))));
    for (const std::size_t bits : {8u, 512u, 1023u, 16385u, 65536u})
        CHECK(blob_error(rsa_blob(f4, odd_number(bits))) == errc::bad_key);
    bytes even = odd_number(2048);
    even.back() = std::byte(0xfe);
    CHECK(blob_error(rsa_blob(f4, even)) == errc::bad_key);
    for (const unsigned e : {0u, 1u, 2u, 4u})
        CHECK(blob_error(rsa_blob({std::byte(e)}, odd_number(2048))) == errc::bad_key);
    CHECK(blob_error(rsa_blob(f4, {})) == errc::bad_key);
    bytes negative;
    wire::writer(negative).string(std::string_view("ssh-rsa")).mpint(f4).string(byte_view(odd_number(2048)));
    CHECK(blob_error(negative) == errc::bad_key);
}

TEST_CASE("a key line is read with any comment or none, and blanks around it")
{
    const std::string line = key_text("ed25519.pub");
    const std::string bare = line.substr(0, line.rfind(' '));
    CHECK(public_key::from_line(bare).value().comment().empty());
    CHECK(public_key::from_line(bare + "\r\n").value().comment().empty());
    CHECK(public_key::from_line(" \t" + bare + "\t two words \r\n").value().comment() == "two words");
    const std::string tabs = bare.substr(0, 11) + "\t" + bare.substr(12);
    CHECK(public_key::from_line(tabs).value().line() == bare);
}

TEST_CASE("damaged key lines are bad keys")
{
    const std::string line = key_text("ed25519.pub");
    const std::string bare = line.substr(0, line.rfind(' '));
    const std::string digits = bare.substr(12);
    CHECK(line_error("") == errc::bad_key);
    CHECK(line_error("ssh-ed25519") == errc::bad_key);
    CHECK(line_error("ssh-rsa " + digits) == errc::bad_key);
    CHECK(line_error("ssh-ed25519 ssh-ed25519 " + digits) == errc::bad_key);
    CHECK(line_error("ssh-ed25519 " + digits.substr(0, 20) + " " + digits.substr(20)) == errc::bad_key);
    CHECK(line_error("ssh-ed25519 " + digits + "=") == errc::bad_key);
    CHECK(line_error("ssh-ed25519 " + digits + digits) == errc::bad_key);
    CHECK(line_error(bare + "\n" + bare) == errc::bad_key);
    CHECK(line_error(bare + std::string(1, '\0') + "x") == errc::bad_key);
    for (std::size_t n = 0; n < bare.size(); ++n)
        CHECK(line_error(std::string_view(bare).substr(0, n)));
}

TEST_CASE("a line never shows control characters of a comment")
{
    const auto key = public_key::load(key_path("ed25519.pub")).value();
    const auto evil = keys::read_unchecked(key.blob(), "a\nssh-ed25519 AAAA\x1b[2J").value();
    CHECK(evil.line().find_first_of("\n\x1b") == std::string::npos);
}

TEST_CASE("a key whose numbers are checked late still verifies nothing when they are bad")
{
    bytes point(65, std::byte(0xff));
    point[0] = std::byte(4);
    const auto key = keys::read_unchecked(ecdsa_blob("ecdsa-sha2-nistp256", "nistp256", point), {}).value();
    bytes pair, signature;
    wire::writer(pair).mpint(bytes{std::byte(1)}).mpint(bytes{std::byte(1)});
    wire::writer(signature).string(std::string_view("ecdsa-sha2-nistp256")).string(byte_view(pair));
    CHECK_FALSE(key.verify("ecdsa-sha2-nistp256", view_of("message"), signature));
}

TEST_CASE("public key files may start with comments, and must be small regular files")
{
    const temporary_folder folder;
    const std::string line = key_text("ed25519.pub");
    CHECK(public_key::load(folder.write("key", "# comment\r\n\n" + line)).value().line() + "\n" == line);
    CHECK(public_key::load(folder.write("empty", "\n\n")).error().code() == errc::bad_key);
    CHECK(public_key::load(folder / "missing").error().code() == errc::file_error);
    CHECK(public_key::load(folder.path()).error().code() == errc::file_error);
    CHECK(public_key::load(folder.write("large", std::string(100'000, '#'))).error().code() == errc::file_error);
    CHECK(public_key::load(folder.write("bad", "ssh-ed25519 AAAA\n")).error().context().find("bad: ") != std::string::npos);
}

TEST_CASE("MD5 fingerprints are those of ssh-keygen -E md5")
{
    CHECK(public_key::load(key_path("ed25519.pub")).value().fingerprint_md5()
          == "MD5:84:af:a2:c5:68:92:2f:af:23:80:58:32:6d:f2:e8:cc");
    const public_key one = public_key::load(key_path("ed25519.pub")).value();
    CHECK(one.fingerprint("sha256") == one.fingerprint());
    CHECK(one.fingerprint("MD5") == one.fingerprint_md5());
    CHECK(one.fingerprint("Sha512").starts_with("SHA512:"));
    CHECK(one.fingerprint("sha512").size() == 7 + 86); // 64 bytes, without '='
    CHECK(one.fingerprint("sha") == "");
    CHECK(one.fingerprint("*") == "");
    CHECK(public_key::load(key_path("rsa.pub")).value().fingerprint_md5()
          == "MD5:30:53:9d:bb:ea:3a:65:ce:c0:c0:d3:ab:97:2c:6d:86");
}

TEST_CASE("keys are members of maps and sets, whatever their comments")
{
    std::set<public_key> ordered{public_key()};
    std::unordered_set<public_key> hashed{public_key()};
    std::size_t number = 1;
    for (const std::string& name : key_names) {
        const public_key key = public_key::load(key_path(name + ".pub")).value();
        const public_key same = public_key::from_line(std::string(key.type_name()) + " " + key.base64() + " another comment").value();
        CHECK(std::hash<public_key>()(key) == std::hash<public_key>()(same));
        CHECK((key <=> same) == std::strong_ordering::equal);
        CHECK(public_key() < key);
        ordered.insert(key);
        hashed.insert(key);
        ++number;
        CHECK_FALSE(ordered.insert(same).second);
        CHECK_FALSE(hashed.insert(same).second);
        CHECK(ordered.size() == number);
        CHECK(hashed.size() == number);
    }
    for (const public_key& a : ordered)
        for (const public_key& b : ordered)
            CHECK(((a < b) + (b < a) + (a == b)) == 1);
}
