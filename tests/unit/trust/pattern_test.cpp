// pattern_test.cpp - OpenSSH's patterns, and patterns made to take for ever.
#include "trust/pattern.hpp"
#include "../keys/stopwatch.hpp"
#include "catch.hpp"

#include <string>

using namespace sshoal::trust;

TEST_CASE("stars and question marks match as in ssh_config")
{
    CHECK(matches_pattern("", ""));
    CHECK_FALSE(matches_pattern("", "a"));
    CHECK(matches_pattern("*", ""));
    CHECK(matches_pattern("*", "anything"));
    CHECK(matches_pattern("***", ""));
    CHECK_FALSE(matches_pattern("?", ""));
    CHECK(matches_pattern("?", "a"));
    CHECK(matches_pattern("*?", "a"));
    CHECK_FALSE(matches_pattern("*?", ""));
    CHECK(matches_pattern("*.example.org", "a.b.example.org"));
    CHECK_FALSE(matches_pattern("*.example.org", "example.org"));
    CHECK(matches_pattern("192.168.?.?", "192.168.0.1"));
    CHECK_FALSE(matches_pattern("192.168.?.?", "192.168.10.1"));
    CHECK(matches_pattern("a*b*c", "a-b-b-c"));
    CHECK_FALSE(matches_pattern("a*b*c", "a-b-c-d"));
    CHECK(matches_pattern("*ab", "aab"));
    CHECK(matches_pattern("Host", "hOST"));
    CHECK(matches_pattern("[::1]:*", "[::1]:2222"));
    CHECK_FALSE(matches_pattern("a", "ab"));
    CHECK_FALSE(matches_pattern("ab", "a"));
}

TEST_CASE("a negated pattern wins wherever it stands in the list")
{
    CHECK(match_list("a,b", "b") == list_match::yes);
    CHECK(match_list("a,b", "c") == list_match::no);
    CHECK(match_list("*.org,!bad.org", "good.org") == list_match::yes);
    CHECK(match_list("*.org,!bad.org", "bad.org") == list_match::negated);
    CHECK(match_list("!bad.org,*.org", "BAD.org") == list_match::negated);
    CHECK(match_list("!bad.org", "good.org") == list_match::no);
    CHECK(match_list("", "") == list_match::no);
    CHECK(match_list(",,", "") == list_match::no);
    CHECK(match_list("!", "") == list_match::no);
    CHECK(match_list(",a,", "a") == list_match::yes);
}

TEST_CASE("patterns with very many stars take no longer than others")
{
    std::string stars, letters(1024, 'a');
    for (int i = 0; i < 2000; ++i)
        stars += "*a";
    const sshoal::test::stopwatch watch;
    CHECK_FALSE(matches_pattern(stars + "*b", letters));
    CHECK_FALSE(matches_pattern("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", letters));
    CHECK_FALSE(matches_pattern("*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*b", letters));
    CHECK(watch.seconds() < 0.03); // seconds; 10 ms without sanitizers
}
