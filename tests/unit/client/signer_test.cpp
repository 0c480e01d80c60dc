#include "catch.hpp"

#include "keys/public_half.hpp"
#include "session_support.hpp"
#include "sshoal/signer.hpp"

using namespace session_test;

namespace {

const std::vector<std::byte> to_be_signed(100, std::byte(7));

bool signs(signer& s)
{
    for (const std::string_view algorithm : s.key().signature_algorithms()) {
        const auto signature = waited(s.sign(std::string(algorithm), to_be_signed));
        if (!signature || !s.key().verify(algorithm, to_be_signed, *signature))
            return false;
    }
    return true;
}

/// Answers in order, and counts.
struct typist {
    std::vector<std::optional<std::string>> answers;
    std::vector<unsigned> attempts;
    std::string path;

    awaitable<std::optional<std::string>> type(std::string p, unsigned attempt)
    {
        path = p;
        attempts.push_back(attempt);
        co_return attempts.size() <= answers.size() ? answers[attempts.size() - 1] : std::nullopt;
    }
    passphrase_function function()
    {
        return [this](std::string p, unsigned attempt) { return type(std::move(p), attempt); };
    }
};

} // namespace

TEST_CASE("A key in memory signs with each of its algorithms and no other")
{
    for (const key_type type : {key_type::ed25519, key_type::ecdsa_p256}) {
        const auto s = make_signer(private_key::generate(type).value());
        CHECK(signs(*s));
        CHECK(s->presented() == s->key());
        CHECK(s->presented().certificate() == nullptr);
        CHECK(waited(s->sign("rsa-sha2-256", to_be_signed)).error().code() == errc::unknown_algorithm);
    }
    CHECK(waited(make_signer({})->sign("ssh-ed25519", to_be_signed)).has_error());
}

TEST_CASE("A file that is not encrypted asks for nothing")
{
    typist nobody;
    for (const char* name : {"ed25519", "rsa", "ecdsa_p384", "ecdsa_p521.pkcs8"}) {
        const auto s = load_signer(key_file(name), nobody.function());
        REQUIRE(s.has_value());
        CHECK(signs(**s));
    }
    CHECK(nobody.attempts.empty());
}

TEST_CASE("An encrypted file is decrypted once, at the first signature")
{
    const temporary_folder folder;
    typist user;
    user.answers = {"wrong", "", "sshoal"};
    const std::string path = folder.write("id", text_of_file(key_file("ecdsa_p256.enc")));

    SECTION("with the public half from the file itself")
    {
        const auto s = load_signer(path, user.function());
        REQUIRE(s.has_value());
        CHECK((*s)->key() == known_key("ecdsa_p256"));
        CHECK((*s)->key().comment().empty());
        CHECK(user.attempts.empty());
        CHECK(signs(**s));
        CHECK(signs(**s));
        CHECK(user.attempts == std::vector<unsigned>{0, 1, 2});
        CHECK(user.path == path);
    }
    SECTION("with the comment from the .pub file")
    {
        folder.write("id.pub", text_of_file(key_file("ecdsa_p256.pub")));
        const auto s = load_signer(path, user.function());
        REQUIRE(s.has_value());
        CHECK((*s)->key().comment() == known_key("ecdsa_p256").comment());
        CHECK(signs(**s));
    }
    SECTION("and a .pub file of another key does not count")
    {
        folder.write("id.pub", text_of_file(key_file("rsa.pub")));
        const auto s = load_signer(path, user.function());
        REQUIRE(s.has_value());
        CHECK((*s)->key() == known_key("ecdsa_p256"));
        CHECK(signs(**s));
    }
    SECTION("and the text in memory is what counts, not what the file says by then")
    {
        const auto s = load_signer(path, user.function());
        REQUIRE(s.has_value());
        std::filesystem::remove(path);
        CHECK(signs(**s));
    }
}

TEST_CASE("After three wrong passphrases, or none, the key is given up and may be tried again")
{
    typist user;
    user.answers = {"a", "b", "c", std::nullopt, "sshoal"};
    const auto s = load_signer(key_file("ed25519.aes256-ctr"), user.function());
    REQUIRE(s.has_value());
    const std::string file = key_file("ed25519.aes256-ctr");
    const failure wrong = waited((*s)->sign("ssh-ed25519", to_be_signed)).error();
    CHECK(wrong.code() == errc::bad_passphrase);
    CHECK(wrong.context() == file + ": wrong passphrase (3 times)");
    CHECK(user.attempts == std::vector<unsigned>{0, 1, 2});
    const failure none = waited((*s)->sign("ssh-ed25519", to_be_signed)).error();
    CHECK(none.code() == errc::passphrase_required);
    CHECK(none.context() == file + ": no passphrase was given");
    CHECK(signs(**s));
    CHECK(user.attempts.size() == 5);

    const auto silent = load_signer(key_file("ed25519.aes256-ctr"));
    REQUIRE(silent.has_value());
    const failure silence = waited((*silent)->sign("ssh-ed25519", to_be_signed)).error();
    CHECK(silence.code() == errc::passphrase_required);
    CHECK(silence.context() == file + " is encrypted and no client_options::passphrase() was given");

    typist once;
    once.answers = {"a", std::nullopt};
    const auto other = load_signer(file, once.function());
    CHECK(waited((*other)->sign("ssh-ed25519", to_be_signed)).error().context() == file + ": wrong passphrase");
}

TEST_CASE("A key file may be in the home directory")
{
    const temporary_folder folder;
    const variable home("HOME", folder / "");
    folder.write("id", text_of_file(key_file("ed25519")));
    CHECK(load_signer("~/id").has_value());
    CHECK(load_signer("~/none").error().context().find(folder / "/none") != std::string::npos);
}

TEST_CASE("A format that hides the public half needs the .pub file, and it has to be the right one")
{
    const temporary_folder folder;
    typist user;
    user.answers = {"sshoal", "sshoal"};
    for (const char* name : {"rsa.pem.enc", "rsa.pkcs8.enc"}) {
        const std::string path = folder.write(name, text_of_file(key_file(name)));
        CHECK(load_signer(path, user.function()).error().code() == errc::passphrase_required);
        folder.write(std::string(name) + ".pub", text_of_file(key_file("rsa.pub")));
        user.attempts.clear();
        const auto s = load_signer(path, user.function());
        REQUIRE(s.has_value());
        CHECK(signs(**s));
        CHECK(user.attempts.size() == 1);

        folder.write(std::string(name) + ".pub", text_of_file(key_file("ed25519.pub")));
        user.attempts.clear();
        const auto wrong = load_signer(path, user.function());
        REQUIRE(wrong.has_value());
        CHECK(waited((*wrong)->sign("ssh-ed25519", to_be_signed)).error().code() == errc::bad_key);
        CHECK(user.attempts.size() == 1);
    }
}

TEST_CASE("Files that are no key say which file it was")
{
    const temporary_folder folder;
    const std::string text = folder.write("text", "nothing to see\n");
    for (const std::string& path : {folder / "missing", text, key_file("ed25519.pub")}) {
        const auto s = load_signer(path);
        REQUIRE(s.has_error());
        CHECK(s.error().context().find(path) != std::string::npos);
    }
    CHECK(load_signer(folder / "missing").error().code() == errc::file_error);
    CHECK(load_signer(text).error().code() == errc::bad_key);
    CHECK(load_signer(key_file("ecdsa_p256.pbes1_rc2")).error().code() == errc::unsupported_key);
}

TEST_CASE("The public half of an encrypted openssh-key-v1 text survives no truncation as another key")
{
    const std::string whole = text_of_file(key_file("ed25519.aes256-ctr"));
    CHECK(keys::public_half_of_text(whole).value() == known_key("ed25519"));
    CHECK(keys::public_half_of_text(text_of_file(key_file("rsa"))).value() == known_key("rsa"));
    CHECK(keys::public_half_of_text(text_of_file(key_file("rsa.pem.enc"))).error().code() == errc::passphrase_required);
    for (std::size_t size = 0; size + 1 < whole.size(); size += 3) {
        const auto half = keys::public_half_of_text(whole.substr(0, size));
        CHECK((!half.has_value() || *half == known_key("ed25519")));
    }
}
