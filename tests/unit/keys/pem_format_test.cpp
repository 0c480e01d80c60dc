// pem_format_test.cpp - PEM blocks that somebody made up.
#include "sshoal/key.hpp"
#include "catch.hpp"
#include "key_files.hpp"
#include "keys/armor.hpp"
#include "stopwatch.hpp"

using namespace sshoal;
using namespace sshoal::test;

namespace {

error_code parse_error(std::string_view text, std::string_view with = "sshoal")
{
    const auto key = private_key::parse(text, with);
    return key ? error_code() : key.error().code();
}

std::string replaced(std::string text, std::string_view what, std::string_view by)
{
    const auto at = text.find(what);
    return at == std::string::npos ? throw std::runtime_error("nothing to replace") : text.replace(at, what.size(), by);
}

} // namespace

TEST_CASE("headers of traditional encryption are checked")
{
    const std::string text = key_text("rsa.pem.enc");
    const std::string info = text.substr(text.find("DEK-Info"), text.find("\n\n") - text.find("DEK-Info"));
    CHECK_FALSE(parse_error(text));
    CHECK(parse_error(replaced(text, info, "DEK-Info: AES-128-CBC")) == errc::bad_key);
    CHECK(parse_error(replaced(text, info, "DEK-Info: AES-128-CBC,")) == errc::bad_key);
    CHECK(parse_error(replaced(text, info, "DEK-Info: AES-128-CBC,0011")) == errc::bad_key);
    CHECK(parse_error(replaced(text, info, info + "00")) == errc::bad_key);
    CHECK(parse_error(replaced(text, info, "DEK-Info: AES-128-CBC,zz112233445566778899aabbccddeeff")) == errc::bad_key);
    CHECK(parse_error(replaced(text, info, "DEK-Info: ")) == errc::unsupported_key);
    CHECK(parse_error(replaced(text, info, "Other: header")) == errc::unsupported_key);
    CHECK(parse_error(replaced(text, info, "DEK-Info: RC4,00")) == errc::unsupported_key);
    CHECK(parse_error(replaced(text, "Proc-Type: 4,ENCRYPTED\n", "")) == errc::bad_key);
}

TEST_CASE("a block must end as it began")
{
    const std::string text = key_text("rsa.pem");
    CHECK(parse_error(replaced(text, "-----END RSA", "-----END EC")) == errc::bad_key);
    CHECK(parse_error(replaced(text, "-----END", "----END")) == errc::bad_key);
    CHECK(parse_error("-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n") == errc::bad_key);
    CHECK(parse_error("-----BEGIN -----\n-----END -----\n") == errc::bad_key);
    CHECK(parse_error("-----BEGIN RSA PRIVATE KEY-----") == errc::bad_key);
}

TEST_CASE("content of one format under the label of another is refused")
{
    const auto block = keys::read_armor(key_text("rsa.pkcs8")).value();
    for (const char* label : {"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"})
        CHECK(parse_error(keys::write_armor(label, block.content)));
}

TEST_CASE("deeply nested DER is refused quickly")
{
    const stopwatch watch;
    bytes nested;
    for (int i = 0; i < 100'000; ++i)
        append(nested, bytes{std::byte(0x30), std::byte(0x80)});
    bytes huge{
        std::byte(0x30), std::byte(0x84), std::byte(0xff), std::byte(0xff), std::byte(0xff), std::byte(0xff), std::byte(2)
    };
    for (const char* label : {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"}) {
        CHECK(parse_error(keys::write_armor(label, nested)));
        CHECK(parse_error(keys::write_armor(label, huge)));
    }
    CHECK(watch.seconds() < 2);
}
