#include "catch.hpp"

#include "sshoal/endpoint.hpp"

#include <sstream>

namespace sshoal::test {
namespace {

endpoint read(std::string_view text) { return endpoint::parse(text).value(); }

} // namespace

TEST_CASE("endpoint: what is printed is read again")
{
    const endpoint all[] = {{"192.0.2.1", 22},  {"2001:db8::1", 2222}, {"host.example", 65535}, {"", 8080}, {"::", 0},
                            {"fe80::1%eth0", 22}, endpoint::unix_socket("/run/x"), endpoint::unix_socket("a name: 7")};
    for (const endpoint& e : all) {
        INFO(e.to_string());
        const auto again = endpoint::parse(e.to_string());
        REQUIRE(again);
        CHECK(*again == e);
    }
}

TEST_CASE("endpoint: the forms of programs and of logs")
{
    const endpoint six("2001:db8::1", 22);
    CHECK(six.to_string() == "[2001:db8::1]:22");
    CHECK(six.describe() == "2001:db8::1 port 22");
    CHECK(endpoint("192.0.2.1", 22).to_string() == "192.0.2.1:22");
    CHECK(endpoint::unix_socket("/run/x").describe() == "unix:/run/x");
    const endpoint pipe = endpoint::without_address("pipe");
    CHECK(pipe.describe() == "pipe");
    CHECK(pipe.address().empty());
    CHECK(pipe.path().empty());
    CHECK(pipe.port() == 0);
    CHECK(endpoint().describe().empty());
    std::ostringstream out;
    out << six;
    CHECK(out.str() == "[2001:db8::1]:22");
}

TEST_CASE("endpoint: text is read")
{
    CHECK(read("/run/x") == endpoint::unix_socket("/run/x"));
    CHECK(read("unix:x") == endpoint::unix_socket("x"));
    CHECK(read(":8080") == endpoint("", 8080));
    CHECK(read("*:8080") == endpoint("*", 8080));
    CHECK(endpoint::parse("host", 22).value() == endpoint("host", 22));
    CHECK(endpoint::parse("host:23", 22).value() == endpoint("host", 23));
    CHECK(endpoint::parse("::1", 22).value() == endpoint("::1", 22));
    CHECK(endpoint::parse("[::1]", 22).value() == endpoint("::1", 22));
}

TEST_CASE("endpoint: text that is none is refused")
{
    for (const char* const text : {"", ":", "host", "host:", "host:x", "host:65536", "host:-1", "host:22x", "host: 22", "::1", "[::1]",
                                   "[::1]22", "[::1]:", "[::1", "[host]:22", "a b:22", "192.0.2.1 port 22", "unix:", "a/b:22"}) {
        INFO(text);
        CHECK(endpoint::parse(text).error().code() == errc::invalid_argument);
    }
    for (const char* const text : {"", "host:", "[::1]x", "[::1", "ho st"}) {
        INFO(text);
        CHECK(!endpoint::parse(text, 22));
    }
}

TEST_CASE("endpoint: kinds and values are compared")
{
    CHECK(endpoint("a", 1) != endpoint("a", 2));
    CHECK(endpoint::unix_socket("a") != endpoint::without_address("a"));
    CHECK(endpoint("a", 1) < endpoint("b", 0));
}

} // namespace sshoal::test
