// Words of sftp(1)'s commands: quotes, backslashes and patterns.
#include "command_words.hpp"

#include "catch.hpp"

using programs::cut_words;
using programs::expand_braces;
using programs::split_command;
using programs::with_escapes;
using programs::without_escapes;
using words = std::vector<std::string>;

TEST_CASE("words are cut at blanks, outside of quotes")
{
    CHECK(split_command("get a  b\tc") == words{"get", "a", "b", "c"});
    CHECK(split_command("get 'a b' \"c d\"") == words{"get", "a b", "c d"});
    CHECK(split_command("get a' b'c") == words{"get", "a bc"});
    CHECK(split_command("get \"\"") == words{"get", ""});
    CHECK(split_command("get 'a\"b' \"c'd\"") == words{"get", "a\"b", "c'd"});
    CHECK(split_command("get a # b") == words{"get", "a"});
    CHECK(split_command("get 'a # b'") == words{"get", "a # b"});
    CHECK(split_command("  ").empty());
}

TEST_CASE("a backslash takes the meaning of what follows, and patterns keep it")
{
    CHECK(split_command(R"(get a\ b)") == words{"get", "a b"});
    CHECK(split_command(R"(get a\"b)") == words{"get", "a\"b"});
    CHECK(split_command(R"(get a\*b)") == words{"get", R"(a\*b)"});
    CHECK(split_command(R"(get a\\b)") == words{"get", R"(a\\b)"});
    CHECK(split_command(R"(get "a*b")") == words{"get", R"(a\*b)"});
    CHECK(split_command(R"(get "a\"b")") == words{"get", "a\"b"});
    CHECK(split_command(R"(get 'a\\')") == words{"get", R"(a\\)"});
    CHECK(without_escapes(R"(a\*b\\)") == R"(a*b\)");
    CHECK(without_escapes(with_escapes(R"(a*?[\ ")")) == R"(a*?[\ ")");
}

TEST_CASE("a line that is not whole is an error, and nothing is read past its end")
{
    CHECK_THROWS_AS(split_command("get \"a"), programs::command_error);
    CHECK_THROWS_AS(split_command("get 'a\\'"), programs::command_error);
    CHECK(split_command("get a\\") == words{"get", "a\\"});
    std::string many = "get";
    for (int i = 0; i < 200; ++i)
        many += " x";
    CHECK_THROWS_AS(split_command(many), programs::command_error);
}

TEST_CASE("what is being typed is cut as far as it goes")
{
    CHECK(cut_words("get \"a b").words == words{"get", "a b"});
    CHECK(cut_words("get \"a b").open_quote == '"');
    CHECK(cut_words("get ").between);
    CHECK_FALSE(cut_words("get a").between);
}

TEST_CASE("braces are alternatives where they have a comma")
{
    CHECK(expand_braces("a{b,c}d") == words{"abd", "acd"});
    CHECK(expand_braces("{a,b{c,d}}") == words{"a", "bc", "bd"});
    CHECK(expand_braces("{a,b}{c,d}") == words{"ac", "ad", "bc", "bd"});
    CHECK(expand_braces("a{}b{c}") == words{"a{}b{c}"});
    CHECK(expand_braces("a{b,c") == words{"a{b,c"});
    CHECK(expand_braces("\\{a,b}") == words{"\\{a,b}"});
    CHECK_THROWS_AS(expand_braces("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"), programs::command_error);
}
