// What a source may say when.
#include "catch.hpp"
#include "scp/protocol/receiving_order.hpp"

using namespace sshoal;
using namespace sshoal::scp_protocol;

namespace {

using verdict = receiving_order::verdict;

/// "accepted", "too deep" or "no".
std::string hears(receiving_order& o, std::string_view line, bool dots = false)
{
    const auto c = parse_control(line, dots);
    if (!c)
        return "no";
    const auto v = o.check(*c);
    return !v ? "no" : *v == verdict::accepted ? "accepted" : "too deep";
}

} // namespace

TEST_CASE("T95 only what was asked for is accepted, and once")
{
    receiving_order o(false, 64, request("dir/a.txt"));
    CHECK(hears(o, "C0644 1 b.txt") == "no");
    CHECK(hears(o, "C0644 1 dir") == "no");
    CHECK(hears(o, "C0644 1 A.txt") == "no");
    CHECK(hears(o, "D0755 0 a.txt") == "no");
    CHECK(hears(o, "C0644 1 a.txt") == "accepted");
    CHECK(hears(o, "C0644 1 a.txt") == "no");

    receiving_order several(false, 64, request("dir/*.txt"));
    CHECK(hears(several, "C0644 1 b.txt") == "accepted");
    CHECK(hears(several, "C0644 1 a.txt") == "accepted");
    CHECK(hears(several, "C0644 1 .bashrc") == "no");
    CHECK(hears(several, "C0644 1 .txt") == "no");
    CHECK(hears(several, "C0644 1 b.exe") == "no");

    receiving_order escaped(false, 64, request("a\\*"));
    CHECK(hears(escaped, "C0644 1 ab") == "no");
    CHECK(hears(escaped, "C0644 1 a*") == "accepted");

    for (const char* name : {"a[12]", "a1"}) { // what a shell leaves of a pattern that finds nothing, or finds
        receiving_order either(false, 64, request("dir/a[12]"));
        CHECK(hears(either, std::string("C0644 1 ") + name) == "accepted");
    }

    receiving_order anywhere(false, 64, request("*/x"));
    CHECK(hears(anywhere, "C0644 1 x") == "accepted");
    CHECK(hears(anywhere, "C0644 1 x") == "accepted");

    for (const char* nothing : {"/", "", "~"}) {
        receiving_order none(true, 64, request(nothing));
        CHECK(hears(none, "D0755 0 a") == "no");
    }
}

TEST_CASE("T95 names that braces stand for are accepted, as a shell expands them, and no others")
{
    receiving_order o(false, 64, request("dir/{a,b*}.txt"));
    for (const char* good : {"a.txt", "b.txt", "bcd.txt", "{a,b*}.txt"})
        CHECK(hears(o, std::string("C0644 1 ") + good) == "accepted");
    for (const char* bad : {"c.txt", "a", "ab.txt", "{a,c}.txt"})
        CHECK(hears(o, std::string("C0644 1 ") + bad) == "no");
    receiving_order folders(false, 64, request("{x/a,y/b}"));
    CHECK(hears(folders, "C0644 1 a") == "accepted");
    CHECK(hears(folders, "C0644 1 x") == "no");
    receiving_order none(false, 64, request("{a}"));
    CHECK(hears(none, "C0644 1 a") == "no");
    CHECK(hears(none, "C0644 1 {a}") == "accepted");
}

TEST_CASE("T95 in a directory that was asked for, names are free; dots are for the outermost")
{
    receiving_order o(true, 64, request("src/"));
    CHECK(hears(o, "D0755 0 src") == "accepted");
    CHECK(hears(o, "C0644 1 anything") == "accepted");
    CHECK(hears(o, "D0755 0 .") == "no");
    CHECK(hears(o, "D0755 0 .", true) == "no");
    CHECK(hears(o, "E") == "accepted");
    CHECK(hears(o, "D0755 0 src") == "no");

    receiving_order dots(true, 64, request("a/.."));
    CHECK(hears(dots, "D0755 0 .", true) == "no");
    CHECK(hears(dots, "D0755 0 ..", true) == "accepted");
    CHECK(hears(dots, "D0755 0 ..", true) == "no");

    receiving_order server(true, 64);
    CHECK(hears(server, "D0755 0 .", true) == "no");
    CHECK(hears(server, "C0644 1 a") == "accepted");
    CHECK(hears(server, "C0644 1 b") == "accepted");
}

TEST_CASE("T95 directories end as often as they begin, and times are of something")
{
    receiving_order o(true, 64);
    CHECK(hears(o, "E") == "no");
    CHECK(hears(o, "D0755 0 a") == "accepted");
    CHECK(!o.end().has_value());
    CHECK(hears(o, "E") == "accepted");
    CHECK(o.end().has_value());
    CHECK(hears(o, "E") == "no");
    CHECK(hears(o, "T1 0 1 0") == "accepted");
    CHECK(!o.end().has_value());
    CHECK(hears(o, "T1 0 1 0") == "no");
    receiving_order p(true, 64);
    CHECK(hears(p, "D0755 0 a") == "accepted");
    CHECK(hears(p, "T1 0 1 0") == "accepted");
    CHECK(hears(p, "E") == "no");
}

TEST_CASE("T95 directories are as deep as is allowed: one less, as many, one more")
{
    for (const unsigned most : {0u, 1u, 64u}) {
        receiving_order o(true, most);
        for (unsigned i = 0; i < most; ++i)
            CHECK(hears(o, "D0755 0 a") == "accepted");
        CHECK(o.depth() == most);
        CHECK(hears(o, "D0755 0 a") == "too deep");
        CHECK(o.depth() == most);
        CHECK(hears(o, "C0644 1 a") == "accepted");
        if (most > 0) {
            CHECK(hears(o, "E") == "accepted");
            CHECK(hears(o, "D0755 0 a") == "accepted");
        }
    }
}
