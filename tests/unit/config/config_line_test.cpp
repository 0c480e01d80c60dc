#include "catch.hpp"

#include "config/config_line.hpp"
#include "sshoal/failure_detail.hpp"

namespace sshoal::conf::test {
namespace {

std::vector<std::string> words_of(std::string_view text)
{
    const auto line = read_config_line(text, config_place("file", 1, 1));
    INFO(text);
    REQUIRE_FALSE(line.trouble);
    std::vector<std::string> words;
    for (const config_word& w : line.words)
        words.push_back(w.text);
    return words;
}

using names = std::vector<std::string>;

} // namespace

TEST_CASE("configuration lines: a keyword and its arguments, with blanks, quotes, escapes and comments")
{
    CHECK(words_of("Port 22") == names{"22"});
    CHECK(words_of("  Port=22") == names{"22"});
    CHECK(words_of("Port = 22") == names{"22"});
    CHECK(words_of("Port\t22\r") == names{"22"});
    CHECK(words_of("Port 22 \f") == names{"22"});
    CHECK(words_of("Host a \"b c\" 'd e'") == names{"a", "b c", "d e"});
    CHECK(words_of("Host a\\ b \\\"c \\'d e\\\\f \"g\\\"h\"") == names{"a b", "\"c", "'d", "e\\f", "g\"h"});
    CHECK(words_of("Host \"a\\ b\" c\\d") == names{"a\\ b", "c\\d"});
    CHECK(words_of("Host a # b") == names{"a"});
    CHECK(words_of("Host a#b") == names{"a#b"});
    CHECK(words_of("Host \"#a\"") == names{"#a"}); // as OpenSSH: only a word that is written with '#' first is a comment
    CHECK(words_of("SetEnv A=b C=d") == names{"A=b", "C=d"});
}

TEST_CASE("configuration lines: the rest of a line stays as it is written")
{
    const auto line = read_config_line("  ProxyCommand  = exec \"x y\"  # not a comment  ", config_place("file", 3, 1));
    REQUIRE_FALSE(line.trouble);
    CHECK(line.rest == "exec \"x y\"  # not a comment");
    CHECK(line.written == "ProxyCommand");
    CHECK(line.keyword == "proxycommand");
    CHECK(line.place.column == 3);
    CHECK(line.words[0].column == 19);
}

TEST_CASE("configuration lines: what cannot be read says where")
{
    for (const char* text : {"Host \"a", "Host 'a\"", "Host"}) {
        const auto all = read_config_lines(std::string("# first\r\n\n") + text + "\n", "file");
        INFO(text);
        REQUIRE(bool(all));
        REQUIRE(all->size() == 1);
        const failure& why = all->front().trouble;
        CHECK(why.code() == errc::bad_configuration);
        CHECK(why.context().starts_with("file line 3: Host: "));
        REQUIRE(why.detail() != nullptr);
        CHECK(why.detail()->place->line == 3);
    }
    const auto with_nul = read_config_lines(std::string_view("Port 22\nHo\0st a\n", 15), "file");
    REQUIRE_FALSE(bool(with_nul));
    CHECK(with_nul.error().detail()->place->line == 2);
    CHECK(with_nul.error().detail()->place->column == 3);
}

TEST_CASE("configuration files: byte order mark, CRLF, comments, a last line without an end, and a line of a megabyte")
{
    const std::string long_line(1'000'000, 'x');
    const auto all = read_config_lines("\xef\xbb\xbfHost a\r\n  # comment\r\n\r\nUser " + long_line, "file");
    REQUIRE(bool(all));
    REQUIRE(all->size() == 2);
    CHECK((*all)[0].keyword == "host");
    CHECK((*all)[0].words[0].text == "a");
    CHECK((*all)[1].place.line == 4);
    CHECK((*all)[1].words[0].text == long_line);
}

} // namespace sshoal::conf::test
