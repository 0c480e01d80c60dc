// Key files as people have them: blocks in any order, byte order marks, old encryption, writers that pad.
#include "sshoal/key.hpp"
#include "sshoal/known_hosts.hpp"
#include "catch.hpp"
#include "key_files.hpp"
#include "keys/armor.hpp"

using namespace sshoal;
using namespace sshoal::test;

namespace {

constexpr std::string_view mark = "\xef\xbb\xbf";

/// The public half that a text gives, as a line without a comment; else the reason.
std::string read(std::string_view text, std::string_view with = {})
{
    const auto key = private_key::parse(text, with);
    if (!key)
        return key.error().message();
    const std::string line = key->public_half().line();
    return line.substr(0, line.find(' ', line.find(' ') + 1));
}

std::string expected(const std::string& name)
{
    const std::string line = key_text(name + ".pub");
    return line.substr(0, line.find(' ', line.find(' ') + 1));
}

error_code why(std::string_view text, std::string_view with = {})
{
    const auto key = private_key::parse(text, with);
    return key ? error_code() : key.error().code();
}

std::string with_crlf(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

} // namespace

TEST_CASE("the private key is found wherever it stands in a file")
{
    const std::string p256 = expected("ecdsa_p256"), pem = key_text("ecdsa_p256.pem"), bundle = key_text("ecdsa_p256.bundle");
    CHECK(read(key_text("ecdsa_p256.parameters")) == p256); // as openssl ecparam -genkey writes it
    CHECK(read(bundle) == p256); // attributes, certificate, public key, key, certificate
    const auto in_bundle = [&](std::string_view label) {
        const auto from = bundle.find("-----BEGIN " + std::string(label)), to = bundle.find("-----END", from);
        return bundle.substr(from, bundle.find('\n', to) + 1 - from);
    };
    const std::string certificate = in_bundle("CERTIFICATE"), half = in_bundle("PUBLIC KEY");
    CHECK(read(certificate + certificate + pem) == p256);
    CHECK(read(pem + certificate) == p256);
    CHECK(read(half + pem) == p256);
    CHECK(read(certificate + key_text("ecdsa_p256.pem.enc"), "sshoal") == p256);
    CHECK(read(certificate + key_text("ecdsa_p256.pkcs8.enc"), "sshoal") == p256);
    CHECK(read(certificate + key_text("ecdsa_p256")) == p256);
    CHECK(read("-----BEGIN DH PARAMETERS-----\nMAYCAQsCAQI=\n-----END DH PARAMETERS-----\n" + pem) == p256);
    CHECK(read(key_text("ed25519") + pem) == expected("ed25519")); // the first one

    CHECK(why(certificate) == errc::bad_key);
    CHECK(read(certificate).find("no private key found, only CERTIFICATE") != std::string::npos);
    CHECK(read(half).find("no private key found, only PUBLIC KEY") != std::string::npos);
}

TEST_CASE("byte order marks and CRLF are passed over in private keys")
{
    for (const char* name : {"ed25519", "rsa.pem", "ecdsa_p256.pkcs8", "ecdsa_p256.bundle"}) {
        INFO(name);
        const std::string text = key_text(name), good = read(text);
        REQUIRE(good.find(' ') != std::string::npos);
        CHECK(read(std::string(mark) + text) == good);
        CHECK(read(std::string(mark) + with_crlf(text)) == good);
    }
    const std::string p256 = expected("ecdsa_p256");
    CHECK(read("-----BEGIN X-----\n-----END X-----\n" + std::string(mark) + key_text("ecdsa_p256.pem")) == p256);
    const std::string encrypted = key_text("rsa.pem.enc");
    CHECK(read(std::string(mark) + with_crlf(encrypted), "sshoal") == expected("rsa"));
    CHECK(why("\xff\xfe-\0-\0") == errc::unsupported_key);
    CHECK(read("\xff\xfe-").find("UTF-16") != std::string::npos);
}

TEST_CASE("byte order marks and CRLF are passed over in public key files")
{
    const temporary_folder folder;
    const std::string line = key_text("ed25519.pub");
    for (const std::string& text : {std::string(mark) + line, std::string(mark) + with_crlf(line), with_crlf("# x\n" + line),
                                    std::string(mark) + "# x\n" + line}) {
        const auto key = public_key::load(folder.write("k.pub", text));
        REQUIRE(key.has_value());
        CHECK(key->line() + "\n" == line);
    }
    const auto wide = public_key::load(folder.write("wide.pub", "\xff\xfes"));
    REQUIRE_FALSE(wide.has_value());
    CHECK(wide.error().context().find("UTF-16") != std::string::npos);
}

TEST_CASE("every cipher that ssh-keygen writes is read")
{
    for (const char* cipher : {"aes128-gcm", "aes256-gcm", "chacha20-poly1305", "3des-cbc"}) {
        INFO(cipher);
        const std::string text = key_text(std::string("ed25519.") + cipher);
        CHECK(read(text, "sshoal") == expected("ed25519"));
        CHECK(why(text) == errc::passphrase_required);
        CHECK(why(text, "wrong") == errc::bad_passphrase);
        // The last byte is the tag's, or the padding's of a cipher without one.
        const auto block = keys::read_armor(text).value();
        CHECK(why(keys::write_armor(block.label, byte_view(block.content).first(block.content.size() - 1)), "sshoal")
              == errc::bad_key);
        secure_bytes longer = block.content;
        longer.push_back({});
        CHECK(why(keys::write_armor(block.label, longer), "sshoal") == errc::bad_key);
    }
}

TEST_CASE("the older encryptions of PKCS#8 and PEM are read")
{
    for (const char* form : {"pbes1_3des", "pbes1_2des", "pbes1_md5_des", "pbes1_sha1_des", "pem.des"}) {
        INFO(form);
        const std::string text = key_text(std::string("ecdsa_p256.") + form);
        CHECK(read(text, "sshoal") == expected("ecdsa_p256"));
        CHECK(why(text) == errc::passphrase_required);
        CHECK(why(text, "wrong") == errc::bad_passphrase);
    }
    CHECK(read(key_text("rsa.pem.des3"), "sshoal") == expected("rsa"));
    CHECK(why(key_text("rsa.pem.des3"), "wrong") == errc::bad_passphrase);
    const std::string_view wide = "p\xc3\xa4ssw\xc3\xb6rd\xe2\x82\xac\xf0\x9d\x84\x9e"; // beyond ASCII and beyond 16 bits
    CHECK(read(key_text("ecdsa_p256.pbes1_utf8"), wide) == expected("ecdsa_p256"));
    CHECK(why(key_text("ecdsa_p256.pbes1_utf8"), "p\xe4sswort") == errc::bad_passphrase);
}

TEST_CASE("a file that opens and is damaged inside is not blamed on the passphrase")
{
    auto damaged = key_text("ecdsa_p256.pem.enc");
    const auto last_line = damaged.rfind('\n', damaged.find("-----END") - 2);
    damaged.erase(last_line + 1, 4); // three bytes less: no whole blocks
    CHECK(why(damaged, "sshoal") == errc::bad_key);
    CHECK(why(key_text("ecdsa_p256.pem.enc"), "wrong") == errc::bad_passphrase);
}

TEST_CASE("lengths and numbers that are written longer than need be are read")
{
    CHECK(read(key_text("ecdsa_p256.long_lengths")) == expected("ecdsa_p256"));
    CHECK(read(key_text("ecdsa_p256.padded")) == expected("ecdsa_p256"));
    CHECK(read(key_text("rsa.padded")) == expected("rsa"));
}

TEST_CASE("curves may be given by their numbers, as long as they are exactly those of a curve with a name")
{
    for (const char* form : {"explicit", "explicit_pkcs8", "explicit_compressed"}) {
        INFO(form);
        CHECK(read(key_text(std::string("ecdsa_p256.") + form)) == expected("ecdsa_p256"));
    }
    // With a base point of one's own choice another scalar belongs to the same public key (CVE-2020-0601).
    CHECK(why(key_text("ecdsa_p256.explicit_other_base")) == errc::unsupported_key);
    const auto block = keys::read_armor(key_text("ecdsa_p256.explicit")).value();
    std::size_t accepted = 0, changed = 0;
    for (std::size_t i = 0; i < block.content.size(); ++i) {
        secure_bytes other = block.content;
        other[i] ^= std::byte(1);
        const std::string got = read(keys::write_armor(block.label, other));
        accepted += got == expected("ecdsa_p256");
        changed += got.starts_with("ecdsa-sha2-") && got != expected("ecdsa_p256");
    }
    CHECK(changed == 0);
    CHECK(accepted <= 28); // the seed, the cofactor and the like, which say nothing about the curve
}

TEST_CASE("an RSA key that is too short says how long it is and how long it must be")
{
    const std::string words = "RSA key of 768 bits, which can be broken; at least 1024 are needed";
    CHECK(why(key_text("rsa768")) == errc::bad_key);
    CHECK(read(key_text("rsa768")).find(words) != std::string::npos);
    const auto half = public_key::from_line(key_text("rsa768.pub"));
    REQUIRE_FALSE(half.has_value());
    CHECK(half.error().context().find(words) != std::string::npos);
}

TEST_CASE("RSA keys of 1024 bits are read: whether they are accepted is for required_rsa_bits()")
{
    CHECK_FALSE(why(key_text("rsa1024")));
    const auto half = public_key::from_line(key_text("rsa1024.pub"));
    REQUIRE(half.has_value());
    CHECK(half->bits() == 1024);
}
