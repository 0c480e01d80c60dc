#include "catch.hpp"

#include "sshoal/shell_quote.hpp"
#include "sshoal/target.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace sshoal::test {
namespace {

std::string parts(std::string_view text)
{
    const auto t = parse_target(text);
    return t ? t->user + "|" + t->host + "|" + std::to_string(t->port) : "! " + t.error().context();
}

/// What /bin/sh makes of the text as one argument.
std::string seen_by_shell(const std::string& argument)
{
    const std::string command = "printf %s. " + shell_quote(argument);
    std::FILE* const out = ::popen(command.c_str(), "r");
    REQUIRE(out);
    std::string got;
    for (int c; (c = std::fgetc(out)) != EOF;)
        got += char(c);
    CHECK(::pclose(out) == 0);
    return got;
}

} // namespace

TEST_CASE("target: the forms that people write")
{
    CHECK(parts("host") == "|host|0");
    CHECK(parts("root@host") == "root|host|0");
    CHECK(parts("host:2201") == "|host|2201");
    CHECK(parts("root@host:2201") == "root|host|2201");
    CHECK(parts("me@example.org@gate") == "me@example.org|gate|0");
    CHECK(parts("2001:db8::1") == "|2001:db8::1|0");
    CHECK(parts("::1") == "|::1|0");
    CHECK(parts("[::1]") == "|::1|0");
    CHECK(parts("a@[fe80::1%eth0]:22") == "a|fe80::1%eth0|22");
    CHECK(parts("ssh://host") == "|host|0");
    CHECK(parts("ssh://root@host:22/") == "root|host|22");
    CHECK(parts("ssh://a%40b%25@[::1]:65535") == "a@b%|::1|65535");
    CHECK(parts("a%40b@host") == "a%40b|host|0"); // no URL, so the text is taken as it is
}

TEST_CASE("target: what is printed is read again")
{
    for (const char* text : {"h", "u@h", "u@h:1", "u@[::1]:22", "[::1]"}) {
        const auto t = parse_target(text);
        REQUIRE(t);
        CHECK(t->to_string() == text);
    }
}

TEST_CASE("target: mistakes are named, with what to write instead")
{
    const std::vector<std::pair<std::string, std::string>> mistakes{
        {"", "no host"},           {"root@", "no host"},           {"@h", "user@host, or the host alone"},
        {"h:", "host alone"},      {"h:0", "1 to 65535"},          {"h:65536", "1 to 65535"},
        {"h:-1", "no port"},       {"h:22x", "no port"},           {"h:/etc/motd", "no path"},
        {"[::1", "\"]\""},         {"[::1]22", "behind \"]\""},    {"[::1]:", "no port"},
        {"a b", "no name"},        {"-oProxyCommand=x", "no name"}, {"h/x", "no name"},
        {"http://h", "ssh://h"},   {"ssh://h/path", "ssh://h"},    {"ssh://a%4@h", "%25"},
        {"ssh://a%00b@h", "NUL"},  {"ssh://", "no host"},
    };
    for (const auto& [text, hint] : mistakes) {
        INFO(text);
        const auto t = parse_target(text);
        REQUIRE(!t);
        CHECK(t.error().code() == errc::invalid_argument);
        CHECK(t.error().context().find(hint) != std::string::npos);
    }
}

TEST_CASE("target: a password in a URL is refused and not repeated")
{
    const auto t = parse_target("ssh://root:secret@host");
    REQUIRE(!t);
    CHECK(t.error().context().find("password()") != std::string::npos);
    CHECK(t.error().context().find("secret") == std::string::npos);
}

TEST_CASE("shell_quote(): a shell sees the text as it was")
{
    CHECK(shell_quote("") == "''");
    CHECK(shell_quote("a b") == "'a b'");
    CHECK(shell_quote("it's") == "'it'\\''s'");
    std::string all;
    for (int c = 1; c < 256; ++c)
        all += char(c);
    for (const std::string& text : {std::string(), std::string("$(reboot) `x` \"$HOME\" \\ ; & | > <"), std::string("'''"),
                                    std::string("a\nb\n"), std::string("~"), std::string("A=b"), all})
        CHECK(seen_by_shell(text) == text + ".");
    CHECK_THROWS_AS(shell_quote(std::string_view("a\0b", 3)), error);
}

} // namespace sshoal::test
