// The command line that starts scp at a server.
#include "catch.hpp"
#include "scp/protocol/command.hpp"
#include "scp/protocol/pattern.hpp"

using namespace sshoal::scp_protocol;

TEST_CASE("commands of scp are told from others")
{
    const auto c = parse_command("scp -v -r -p -d -t /tmp/x");
    REQUIRE(c);
    CHECK(c->where == command::direction::to);
    CHECK(c->recursive);
    CHECK(c->preserve);
    CHECK(c->target_is_directory);
    CHECK(c->paths == std::vector<std::string>(1, "/tmp/x"));

    const auto f = parse_command("/usr/bin/scp -qpf -- -a b");
    REQUIRE(f);
    CHECK(f->where == command::direction::from);
    CHECK(f->preserve);
    CHECK(!f->recursive);
    REQUIRE(f->paths.size() == 2);
    CHECK(f->paths[0] == "-a");

    for (const char* line : {"", "scp", "scp a b", "scp -t -f x", "scp -S sh -t x", "scp -o ProxyCommand=x -t y", "scpx -t x", "xscp -t x",
                             "sh -c 'scp -t x'", "scp -t 'x", "scp -t \"x", "PATH=. scp -t x", "scp -3 -t x", "scp --help -t x"}) {
        INFO(line);
        CHECK(!parse_command(line));
    }
    CHECK(!parse_command(std::string_view("scp -t a\0b", 10)));
    CHECK(parse_command("scp -t")->paths.empty());
    CHECK(parse_command("scp -t -")->paths.front() == "-");
}

TEST_CASE("T97 what a shell would act on is a part of the name")
{
    const char* names[] = {"a;b", "$(id)", "`id`", "$HOME", "a|b", "a&b", "a>b", "a<b", "${IFS}", "#x", "!x", "{a,b}"};
    for (const char* name : names) {
        INFO(name);
        const auto bare = parse_command("scp -t " + std::string(name));
        REQUIRE(bare);
        REQUIRE(bare->paths.size() == 1);
        CHECK(literal(bare->paths[0]) == name);
        const auto quoted = parse_command("scp -t \"" + std::string(name) + "\"");
        REQUIRE(quoted);
        CHECK(literal(quoted->paths[0]) == name);
    }
    CHECK(parse_command("scp -t x; rm y")->paths.size() == 3);
}

TEST_CASE("T97 words are put together from quotes and backslashes, and keep them from being wildcards")
{
    const auto w = words_of("a'b c'\"d e\"\\ f  g\\*h 'i*' \"j?\" k* '' \"\\\"\\$\\x\" l\\\nm");
    REQUIRE(w);
    REQUIRE(w->size() == 8);
    CHECK((*w)[0] == "ab cd e f");
    CHECK((*w)[1] == "g\\*h");
    CHECK((*w)[2] == "i\\*");
    CHECK((*w)[3] == "j\\?");
    CHECK(has_wildcards((*w)[4]));
    CHECK((*w)[5].empty());
    CHECK(literal((*w)[6]) == "\"$\\x");
    CHECK((*w)[7] == "lm");
    CHECK(words_of("'~'")->front() == "\\~");
    CHECK(words_of("~/x")->front() == "~/x");
    CHECK(words_of("\\")->front() == "\\\\");
}

TEST_CASE("T97 a path that a client quotes is one word, and that path, for every byte")
{
    std::vector<std::string> paths{"a b", "'", "''", "a'b", "-x", "$(id)", "`id`", "a;b", "a\nb", "\\", "a\\b", "\"", "*", "?[x]", "~", "~x",
                                   "~/x y", "~a b/c", "#", "!", "{a,b}", "a=b", "\xff\xfe", "//x"};
    for (int c = 1; c < 256; ++c)
        paths.push_back(std::string("a") + char(c) + "b" + char(c));
    for (const std::string& path : paths) {
        INFO(path);
        const auto quoted = quoted_for_shell(path, wildcards::quoted);
        REQUIRE(quoted);
        const auto w = words_of(*quoted);
        REQUIRE(w);
        REQUIRE(w->size() == 1);
        CHECK(!has_wildcards(w->front()));
        CHECK(literal(w->front()) == path);
    }
    CHECK(*quoted_for_shell("", wildcards::quoted) == ".");
    CHECK(!quoted_for_shell(std::string_view("a\0b", 3), wildcards::quoted));
}

TEST_CASE("T97 only wildcards and the home directory are left to the shell")
{
    CHECK(*quoted_for_shell("plain/path-1.txt", wildcards::live) == "plain/path-1.txt");
    CHECK(*quoted_for_shell("a b*.txt", wildcards::live) == "a' 'b*.txt");
    CHECK(*quoted_for_shell("$(id)*", wildcards::live) == "'$('id')'*");
    CHECK(*quoted_for_shell("[!a-c]?", wildcards::live) == "[!a-c]?");
    CHECK(*quoted_for_shell("a\\*b", wildcards::live) == "'a*b'");
    CHECK(*quoted_for_shell("a\\*b*", wildcards::live) == "a'*'b*");
    CHECK(*quoted_for_shell("~/x", wildcards::live) == "~/x");
    CHECK(*quoted_for_shell("~user/a b", wildcards::live) == "~user'/a b'");
    CHECK(*quoted_for_shell("~$(id)/x", wildcards::live) == "'~$(id)/x'");
    CHECK(*quoted_for_shell("{a b,c}*", wildcards::live) == "{a' 'b,c}*");
    CHECK(*quoted_for_shell("{a,b}", wildcards::live) == "{a,b}");
    CHECK(*quoted_for_shell("{a}", wildcards::live) == "'{a}'");
    CHECK(*quoted_for_shell("{$(id),b}", wildcards::live) == "{'$('id')',b}");
    CHECK(*quoted_for_shell("{a,b}", wildcards::quoted) == "'{a,b}'");
    CHECK(*quoted_for_shell("it's", wildcards::quoted) == "'it'\\''s'");
    for (const char* path : {"a b*", "x\\*y*", "'*'", "[a b]*", "$(x)?", "\\[*", "a\\\\*"}) {
        INFO(path);
        const auto w = words_of(*quoted_for_shell(path, wildcards::live));
        REQUIRE(w);
        REQUIRE(w->size() == 1);
        for (const char* name : {"a b", "a bc", "x*y", "x*yz", "xzy", "'q'", "b", "$(x)1", "[", "[x", "a\\", "a\\b"})
            CHECK(matches(w->front(), name) == matches(path, name));
    }
}
