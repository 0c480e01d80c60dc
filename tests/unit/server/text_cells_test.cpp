#include "catch.hpp"
#include "server/text_cells.hpp"

using namespace sshoal::server;

TEST_CASE("text takes as many cells as a terminal gives it")
{
    CHECK(cells_of("") == 0);
    CHECK(cells_of("abc") == 3);
    CHECK(cells_of("gr\xc3\xbc\xc3\x9f") == 4);                       // two letters of two bytes
    CHECK(cells_of("e\xcc\x81") == 1);                                // e and a combining acute accent
    CHECK(cells_of("\xe6\xbc\xa2\xe5\xad\x97") == 4);                 // two wide characters
    CHECK(cells_of("\xf0\x9f\x98\x80") == 2);                         // an emoji
    CHECK(cells_of("\x1b[1;32mgreen\x1b[0m> ") == 7);
    CHECK(cells_of("\x1b" "7x\x1b[") == 1);
}

TEST_CASE("characters are cut before their marks, from both ends")
{
    const std::string_view text = "e\xcc\x81\xcc\xa3x\xe6\xbc\xa2";
    CHECK(character_at(text).bytes == 5);
    CHECK(character_at(text).cells == 1);
    CHECK(character_at(text.substr(5)).bytes == 1);
    CHECK(character_at(text.substr(6)).bytes == 3);
    CHECK(character_at("").bytes == 0);
    CHECK(last_character(text) == 3);
    CHECK(last_character(text.substr(0, 6)) == 1);
    CHECK(last_character(text.substr(0, 5)) == 5);
    CHECK(last_character("") == 0);
}

TEST_CASE("only whole code points that are no controls can be typed")
{
    for (const char* good : {"a", " ", "~", "\xc2\xa0", "\xc3\xbc", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
        CHECK(is_typed_character(good));
    for (const char* bad : {"", "\x1f", "\x7f", "\xc2\x85", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3",
                            "\xc3x", "ab", "\x80", "\xff"})
        CHECK_FALSE(is_typed_character(bad));
}
