// private_key_test.cpp - private key files in every format, round trips, and files that are written safely.
#include "sshoal/key.hpp"
#include "catch.hpp"
#include "key_files.hpp"
#include "keys/armor.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace sshoal;
using namespace sshoal::test;

namespace {

constexpr std::string_view passphrase = "sshoal";

/// Every file with the name of the key it holds.
const std::vector<std::pair<std::string, std::string>> plain_files{{"ed25519", "ed25519"},
    {"ecdsa_p256", "ecdsa_p256"}, {"ecdsa_p256.pem", "ecdsa_p256"}, {"ecdsa_p256.pkcs8", "ecdsa_p256"},
    {"ecdsa_p384", "ecdsa_p384"}, {"ecdsa_p384.pem", "ecdsa_p384"}, {"ecdsa_p384.pkcs8", "ecdsa_p384"},
    {"ecdsa_p521", "ecdsa_p521"}, {"ecdsa_p521.pem", "ecdsa_p521"}, {"ecdsa_p521.pkcs8", "ecdsa_p521"},
    {"rsa", "rsa"}, {"rsa.pem", "rsa"}, {"rsa.pkcs8", "rsa"}};

const std::vector<std::pair<std::string, std::string>> encrypted_files{
    {"ed25519.aes128-cbc", "ed25519"}, {"ed25519.aes192-cbc", "ed25519"}, {"ed25519.aes256-cbc", "ed25519"},
    {"ed25519.aes128-ctr", "ed25519"}, {"ed25519.aes192-ctr", "ed25519"}, {"ed25519.aes256-ctr", "ed25519"},
    {"ecdsa_p256.enc", "ecdsa_p256"}, {"ecdsa_p256.pem.enc", "ecdsa_p256"}, {"ecdsa_p256.pkcs8.enc", "ecdsa_p256"},
    {"ecdsa_p384.enc", "ecdsa_p384"}, {"ecdsa_p384.pem.enc", "ecdsa_p384"}, {"ecdsa_p384.pkcs8.enc", "ecdsa_p384"},
    {"ecdsa_p521.enc", "ecdsa_p521"}, {"ecdsa_p521.pem.enc", "ecdsa_p521"}, {"ecdsa_p521.pkcs8.enc", "ecdsa_p521"},
    {"rsa.enc", "rsa"}, {"rsa.pem.enc", "rsa"}, {"rsa.pem.aes256", "rsa"}, {"rsa.pkcs8.enc", "rsa"}};

void check_key(const private_key& key, const std::string& name)
{
    CHECK(key.public_half() == public_key::load(key_path(name + ".pub")).value());
    const auto algorithm = key.public_half().signature_algorithms().front();
    CHECK(key.public_half().verify(algorithm, view_of("message"), key.sign(algorithm, view_of("message")).value()));
}

error_code private_parse_error(std::string_view text, std::string_view with = {})
{
    const auto key = private_key::parse(text, with);
    return key ? error_code() : key.error().code();
}

std::string rearmored(const keys::armored& block, byte_view content) { return keys::write_armor(block.label, content); }

} // namespace

TEST_CASE("unencrypted private keys are read in every format")
{
    for (const auto& [file, name] : plain_files) {
        INFO(file);
        check_key(private_key::load(key_path(file)).value(), name);
        check_key(private_key::load(key_path(file), "a passphrase nobody needs").value(), name);
    }
    const auto other = private_key::load(key_path("ed25519_other.pkcs8")).value();
    CHECK(other.type() == key_type::ed25519);
    CHECK(other.public_half() == private_key::load(key_path("ed25519_other.pkcs8.enc"), passphrase).value().public_half());
    CHECK(private_key::load(key_path("ed25519")).value().public_half().comment() == "ed25519@test");
}

TEST_CASE("encrypted private keys are read with their passphrase, and tell why they are not")
{
    for (const auto& [file, name] : encrypted_files) {
        INFO(file);
        check_key(private_key::load(key_path(file), passphrase).value(), name);
        CHECK(private_key::load(key_path(file)).error().code() == errc::passphrase_required);
        CHECK(private_key::load(key_path(file), "Sshoal").error().code() == errc::bad_passphrase);
    }
}

TEST_CASE("formats and ciphers that are not read say so")
{
    CHECK(private_parse_error(key_text("ecdsa_p256.pbes1_rc2"), passphrase) == errc::unsupported_key);
    CHECK(private_parse_error(key_text("ecdsa_p256.pbes1_rc2")) == errc::unsupported_key); // said before a passphrase is asked for
    CHECK(private_parse_error("PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n") == errc::unsupported_key);
    CHECK(private_parse_error("-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----\n") == errc::unsupported_key);
    CHECK(private_parse_error(key_text("ed25519.pub")) == errc::bad_key);
    CHECK(private_parse_error("") == errc::bad_key);
    CHECK(private_parse_error("no key at all\n") == errc::bad_key);
}

TEST_CASE("line ends, text around the block and blanks do not matter")
{
    std::string text = key_text("ed25519");
    CHECK_FALSE(private_parse_error("A note\n\n" + text + "\nanother note\n"));
    CHECK_FALSE(private_parse_error(std::string_view(text).substr(0, text.size() - 1)));
    std::string crlf;
    for (const char c : text)
        crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    CHECK_FALSE(private_parse_error(crlf));
}

TEST_CASE("every truncation of a private key file fails cleanly")
{
    const auto check = [](const std::string& file, std::string_view with) {
        INFO(file);
        const std::string text = key_text(file);
        std::size_t wrong = 0;
        for (std::size_t n = 0; n + 1 < text.size(); ++n)
            wrong += !private_parse_error(std::string_view(text).substr(0, n), with);
        const auto block = keys::read_armor(text).value();
        if (!block.encrypted)
            for (std::size_t n = 0; n < block.content.size(); ++n)
                wrong += !private_parse_error(rearmored(block, byte_view(block.content).first(n)), with);
        CHECK(wrong == 0);
    };
    for (const auto& [file, name] : plain_files)
        check(file, {});
    for (const auto& [file, name] : encrypted_files)
        check(file, passphrase);
}

TEST_CASE("bytes behind the end of a private key are refused")
{
    for (const auto& [file, name] : plain_files) {
        INFO(file);
        const auto block = keys::read_armor(key_text(file)).value();
        bytes longer(block.content.begin(), block.content.end());
        longer.push_back(std::byte(0));
        CHECK(private_parse_error(rearmored(block, longer)) == errc::bad_key);
    }
}

TEST_CASE("a damaged private key never becomes another key")
{
    for (const auto& [file, name] : {plain_files[0], plain_files[1], plain_files[2], plain_files[3]}) {
        INFO(file);
        const auto original = public_key::load(key_path(name + ".pub")).value();
        const auto block = keys::read_armor(key_text(file)).value();
        bytes content(block.content.begin(), block.content.end());
        std::size_t others = 0;
        for (auto& octet : content) {
            for (const unsigned flip : {0x01u, 0x80u}) {
                octet ^= std::byte(flip);
                const auto key = private_key::parse(rearmored(block, content));
                others += key && !(key->public_half() == original);
                octet ^= std::byte(flip);
            }
        }
        CHECK(others == 0);
    }
}

TEST_CASE("keys are generated, written and read again")
{
    for (const key_type type :
         { key_type::ed25519, key_type::ecdsa_p256, key_type::ecdsa_p384, key_type::ecdsa_p521, key_type::rsa }) {
        INFO(name_of(type));
        const auto key = private_key::generate(type, type == key_type::rsa ? 2048 : 0, "my comment").value();
        CHECK(key.type() == type);
        const auto plain = private_key::parse(key.to_openssh()).value();
        CHECK(plain.public_half() == key.public_half());
        CHECK(plain.public_half().comment() == "my comment");
        const std::string text = key.to_openssh("secret");
        CHECK(private_key::parse(text, "secret").value().public_half() == key.public_half());
        CHECK(private_parse_error(text, "Secret") == errc::bad_passphrase);
        CHECK(private_parse_error(text) == errc::passphrase_required);
    }
    CHECK(private_key::generate(key_type::rsa, 1024).error().code() == errc::invalid_argument);
    CHECK(private_key::generate(key_type::rsa, 20'000).error().code() == errc::invalid_argument);
    CHECK_FALSE(private_key::generate(key_type::ed25519).value().public_half()
                == private_key::generate(key_type::ed25519).value().public_half());
}

TEST_CASE("files of ssh-keygen are written back byte by byte, but for the check values")
{
    for (const auto& name : key_names) {
        INFO(name);
        const auto ours = keys::read_armor(private_key::load(key_path(name)).value().to_openssh()).value().content;
        const auto theirs = keys::read_armor(key_text(name)).value().content;
        REQUIRE(ours.size() == theirs.size());
        std::size_t different = 0;
        for (std::size_t i = 0; i < ours.size(); ++i)
            different += ours[i] != theirs[i];
        CHECK(different <= 8);
    }
}

TEST_CASE("private key files are new files that only their owner can read")
{
    const temporary_folder folder;
    const auto key = private_key::load(key_path("ed25519")).value();
    const ::mode_t before = ::umask(0);
    const auto saved = key.save(folder / "key", "secret");
    ::umask(before);
    REQUIRE(saved.has_value());
    struct ::stat status = {};
    REQUIRE(::lstat((folder / "key").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(private_key::load(folder / "key", "secret").value().public_half() == key.public_half());

    CHECK(key.save(folder / "key").error().code() == errc::file_error);
    CHECK(private_key::load(folder / "key", "secret").has_value());
    REQUIRE(::symlink((folder / "elsewhere").c_str(), (folder / "link").c_str()) == 0);
    CHECK(key.save(folder / "link").error().code() == errc::file_error);
    CHECK_FALSE(std::filesystem::exists(folder / "elsewhere"));
    CHECK(key.save(folder / "no/such/folder").error().code() == errc::file_error);
}

TEST_CASE("anything but a small regular file is refused without waiting")
{
    const temporary_folder folder;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(private_key::load(folder / "fifo").error().code() == errc::file_error);
    CHECK(private_key::load(folder.path()).error().code() == errc::file_error);
    CHECK(private_key::load("/dev/zero").error().code() == errc::file_error);
    CHECK(private_key::load(folder / "missing").error().code() == errc::file_error);
    std::filesystem::resize_file(folder.write("huge", "x"), std::uintmax_t(1) << 40);
    CHECK(private_key::load(folder / "huge").error().code() == errc::file_error);
    const auto failed = private_key::load(folder.write("no\nkey", "nothing"));
    CHECK(failed.error().context().find('\n') == std::string::npos);
}
