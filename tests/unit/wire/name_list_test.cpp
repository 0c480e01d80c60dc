#include "message_check.hpp"
#include "wire/name_list.hpp"

#include <string>

using namespace sshoal;
using namespace wire_test;
using sshoal::wire::name_list;
using sshoal::wire::name_list_limits;

namespace {

bool good(std::string_view body, const name_list_limits& limits = {})
{
    const exact_copy copy(view_of(body));
    return name_list::decode(copy.view(), limits).has_value();
}

std::string joined(std::size_t count, const std::string& name)
{
    std::string body;
    for (std::size_t i = 0; i < count; ++i)
        body += (i == 0 ? "" : ",") + name;
    return body;
}

} // namespace

TEST_CASE("name-lists of RFC 4251 section 5 come back as they were written")
{
    const std::vector<std::string> names{"zlib", "none"};
    for (std::size_t n = 0; n <= names.size(); ++n) {
        bytes out;
        wire::writer w(out);
        wire::write_name_list(w, std::span(names).first(n));
        const bytes expected = n == 0 ? layout().uint32(0) : n == 1 ? layout().string("zlib") : layout().string("zlib,none");
        CHECK(out == expected);
        wire::reader r(out);
        const name_list list = wire::read_name_list(r);
        CHECK(r.finished());
        REQUIRE(list.size() == n);
        for (std::size_t i = 0; i < n; ++i)
            CHECK(list.names[i] == names[i]);
    }
    const std::vector<std::string_view> views{"a", "b", "a"};
    CHECK(wire::join(views) == "a,b,a");
    CHECK(wire::contains(views, "b"));
    CHECK_FALSE(wire::contains(views, ""));
}

TEST_CASE("empty elements and characters that names must not have are refused")
{
    CHECK(good(""));
    CHECK(good("a"));
    CHECK(good("a,a"));
    CHECK(good("!,~,x@example.org"));
    for (const std::string_view bad : {",", ",,", ",a", "a,,", "a,,b", " ", "a b", "a, b", "a\t", "\x7f", "\x80", "\xc3\xa9"})
        CHECK_FALSE(good(bad));
    CHECK_FALSE(good(std::string_view("\0", 1)));
    CHECK_FALSE(good(std::string_view("a\0b", 3)));
    CHECK_FALSE(wire::valid_name(""));
    CHECK_FALSE(wire::valid_name("a,b"));
    CHECK(wire::valid_name("ssh-ed25519"));
}

TEST_CASE("a comma after the last name, as libssh 0.10 writes it, is not one more name")
{
    const name_list list = name_list::decode(view_of("aes256-ctr,aes128-ctr,")).value();
    REQUIRE(list.size() == 2);
    CHECK(list.names[1] == "aes128-ctr");
    CHECK(name_list::decode(view_of("a,")).value().size() == 1);
}

TEST_CASE("a name has at most 64 bytes")
{
    CHECK(good(std::string(63, 'n')));
    CHECK(good(std::string(64, 'n')));
    CHECK_FALSE(good(std::string(65, 'n')));
    CHECK_FALSE(good("a," + std::string(65, 'n')));
    CHECK_FALSE(good(std::string(65, 'n') + ",a"));
}

TEST_CASE("a list has at most 1024 names")
{
    CHECK(good(joined(1023, "ab")));
    CHECK(good(joined(1024, "ab")));
    CHECK_FALSE(good(joined(1025, "ab")));
    CHECK_FALSE(good(joined(8000, "a")));
}

TEST_CASE("a list has at most 16 KiB, commas included")
{
    // 252 names of 64 bytes and their commas are 16380 bytes.
    const std::string most = joined(252, std::string(64, 'n')) + ",";
    REQUIRE(most.size() == 16380);
    CHECK(good(most + "abc"));
    CHECK(good(most + "abcd"));
    CHECK_FALSE(good(most + "abcde"));
    CHECK_FALSE(good(joined(10000, "ab")));
}

TEST_CASE("the limits can be set")
{
    name_list_limits limits;
    limits.names = 2;
    limits.name_bytes = 3;
    limits.total_bytes = 6;
    CHECK(good("abc,de", limits));
    CHECK_FALSE(good("abc,def", limits));
    CHECK_FALSE(good("abcd", limits));
    CHECK_FALSE(good("a,b,c", limits));
    limits.names = 0;
    CHECK(good("", limits));
    CHECK_FALSE(good("a", limits));
}

TEST_CASE("a bad list fails the reader for good")
{
    const bytes body = layout().string(",a").string("b");
    wire::reader r(body);
    CHECK(wire::read_name_list(r).empty());
    CHECK_FALSE(r.ok());
    CHECK(wire::read_name_list(r).empty());
    CHECK_FALSE(r.finished());
}
