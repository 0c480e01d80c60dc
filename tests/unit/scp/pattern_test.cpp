// Wildcards.
#include "catch.hpp"
#include "scp/protocol/pattern.hpp"

using namespace sshoal::scp_protocol;

TEST_CASE("patterns stand for names as in a shell")
{
    CHECK(matches("a", "a"));
    CHECK(!matches("a", "b"));
    CHECK(!matches("a", "ab"));
    CHECK(!matches("ab", "a"));
    CHECK(matches("*", "abc"));
    CHECK(matches("*", ""));
    CHECK(matches("a*c", "abbbc"));
    CHECK(matches("a*c", "ac"));
    CHECK(!matches("a*c", "acb"));
    CHECK(matches("*.txt", "a.b.txt"));
    CHECK(matches("a?c", "abc"));
    CHECK(!matches("a?c", "ac"));
    CHECK(matches("[abc]x", "bx"));
    CHECK(!matches("[abc]x", "dx"));
    CHECK(matches("[a-cx-z]", "y"));
    CHECK(!matches("[a-cx-z]", "d"));
    CHECK(matches("[!a-c]", "d"));
    CHECK(matches("[^a-c]", "d"));
    CHECK(!matches("[!a-c]", "b"));
    CHECK(matches("[]]", "]"));
    CHECK(matches("[a-]", "-"));
    CHECK(matches("[\\]]", "]"));
    CHECK(matches("\\*", "*"));
    CHECK(!matches("\\*", "a"));
    CHECK(matches("a\\", "a\\"));
    CHECK(matches("\xc3*", "\xc3\xa4"));
    CHECK(matches("[\xc3-\xc4]", "\xc3"));
}

TEST_CASE("a bracket that is not closed is a bracket, and hidden files are not stood for")
{
    CHECK(matches("[ab", "[ab"));
    CHECK(!matches("[ab", "a"));
    CHECK(!has_wildcards("[ab"));
    CHECK(has_wildcards("[ab]"));
    CHECK(!matches("*", ".hidden"));
    CHECK(!matches("?hidden", ".hidden"));
    CHECK(!matches("[.]hidden", ".hidden"));
    CHECK(matches(".*", ".hidden"));
    CHECK(matches("\\.*", ".hidden"));
}

TEST_CASE("T95 a pattern takes no more time than its length and the name's allow")
{
    const std::string stars = [] {
        std::string s;
        for (int i = 0; i < 500; ++i)
            s += "*a";
        return s + "b";
    }();
    CHECK(!matches(stars, std::string(4000, 'a')));
    CHECK(matches(stars, std::string(4000, 'a') + "b"));
}

TEST_CASE("what is escaped stands for itself")
{
    const std::string odd = "a*?[x]\\b";
    CHECK(!has_wildcards(escaped(odd)));
    CHECK(literal(escaped(odd)) == odd);
    CHECK(matches(escaped(odd), odd));
    CHECK(has_wildcards("a\\*b*"));
    CHECK(!has_wildcards("a\\*b"));
    CHECK(literal("a\\*b\\") == "a*b\\");
}

TEST_CASE("paths are taken apart at slashes")
{
    const pattern_path p("//a//b*/");
    CHECK(p.absolute);
    REQUIRE(p.parts.size() == 2);
    CHECK(p.parts[1] == "b*");
    CHECK(pattern_path("").parts.empty());
    CHECK(!pattern_path("a").absolute);
}

TEST_CASE("braces are expanded as a shell does it, up to a limit")
{
    using all = std::vector<std::string>;
    CHECK(braces_expanded("a") == all{"a"});
    CHECK(braces_expanded("a{b,c}d") == all{"abd", "acd"});
    CHECK(braces_expanded("{a,b{c,d}}{,e}") == all{"a", "ae", "bc", "bce", "bd", "bde"});
    for (const char* same : {"{a}", "{a", "a}", "{}", "a\\{b,c}", "{a\\,b}", ""})
        CHECK(braces_expanded(same) == all{same});
    const auto group = [](std::size_t n) { return '{' + std::string(n - 1, ',') + '}'; };
    CHECK(braces_expanded(group(most_expanded - 1)).size() == most_expanded - 1);
    CHECK(braces_expanded(group(most_expanded)).size() == most_expanded);
    CHECK(braces_expanded(group(most_expanded + 1)).size() == 1);
    CHECK(braces_expanded(group(20) + group(20) + group(20)).size() == 1);
}
