// Patterns for names, as glob(7) has them.
#include "catch.hpp"
#include "sftp/protocol/glob_pattern.hpp"

#include <chrono>

using namespace sshoal::sftp_protocol;

TEST_CASE("patterns match what glob(7) says, and nothing else")
{
    struct one {
        const char *pattern, *name;
        bool matches;
    };
    const one all[] = {
        {"", "", true}, {"", "a", false}, {"a", "", false}, {"a", "a", true}, {"a", "A", false}, {"*", "", true},
        {"*", "abc", true}, {"*", ".abc", false}, {".*", ".abc", true}, {"\\.*", ".abc", true}, {"?abc", ".abc", false},
        {"[.]abc", ".abc", false}, {"?", "a", true}, {"?", "", false}, {"?", "ab", false}, {"a*c", "ac", true},
        {"a*c", "abcbc", true}, {"a*c", "abcb", false}, {"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false},
        {"[abc]", "b", true}, {"[abc]", "d", false}, {"[a-c]x", "bx", true}, {"[!a-c]", "b", false}, {"[!a-c]", "d", true},
        {"[^a-c]", "d", true}, {"[]]", "]", true}, {"[!]]", "]", false}, {"[]-a]", "^", true}, {"[a-]", "-", true},
        {"[a-]", "b", false}, {"[-a]", "-", true}, {"[", "[", true}, {"[a", "[a", true}, {"[a", "a", false},
        {"\\*", "*", true}, {"\\*", "a", false}, {"\\", "\\", true}, {"a\\", "a\\", true}, {"[\\]]", "]", true},
        {"[z-a]", "m", false}, {"**", "x", true}, {"***a", "bba", true}, {"\xff*", "\xff\xfe", true},
        {"[\x80-\xff]", "\xc3", true}, {"[a-\xff]", "\xc3", true}, {"?", "/", true},
    };
    for (const one& o : all) {
        CAPTURE(o.pattern, o.name);
        CHECK(glob_matches(o.pattern, o.name) == o.matches);
    }
}

TEST_CASE("patterns made to take long do not")
{
    std::string pattern, name(3000, 'a');
    for (int i = 0; i < 300; ++i)
        pattern += "a*";
    pattern += "b";
    const auto began = std::chrono::steady_clock::now();
    CHECK_FALSE(glob_matches(pattern, name));
    CHECK_FALSE(glob_matches(std::string(3000, '['), name));
    CHECK_FALSE(has_wildcard(std::string(3000, '\\')));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
}

TEST_CASE("wildcards are told from names, quotes taken away, paths cut into parts")
{
    for (const char* p : {"*", "a?", "[a]", "\\\\*", "x[!y]z"})
        CHECK(has_wildcard(p));
    for (const char* p : {"", "a", "\\*", "\\?", "\\[a]", "[a", "a]", "\\"})
        CHECK_FALSE(has_wildcard(p));
    CHECK(unquoted("a\\*b\\\\c\\") == "a*b\\c\\");
    CHECK(unquoted("") == "");
    const auto joined = [](std::string_view path) {
        std::string all;
        for (const std::string& part : parts_of(path))
            all += "<" + part + ">";
        return all;
    };
    CHECK(joined("") == "");
    CHECK(joined("/") == "</>");
    CHECK(joined("a") == "<a>");
    CHECK(joined("/a//b/") == "</><a><b>");
    CHECK(joined("a/../.") == "<a><..><.>");
    CHECK(joined("//") == "</>");
}
