// What is typed at a terminal: to the program at the server, or to the client.
#include "../escape_sequences.hpp"

#include "catch.hpp"

#include <vector>

using namespace programs;

namespace {

struct heard {
    std::string sent;
    std::vector<escape> asked;
};

/// Typed in pieces of this length.
heard type(std::string_view text, std::size_t piece, std::optional<char> character = '~')
{
    heard h;
    escape_sequences sequences(character);
    while (!text.empty()) {
        std::string_view part = text.substr(0, piece);
        text.remove_prefix(part.size());
        while (!part.empty())
            if (const escape what = sequences.take(part, h.sent); what != escape::none)
                h.asked.push_back(what);
    }
    return h;
}

void check(std::string_view text, std::string_view sent, const std::vector<escape>& asked, std::optional<char> character = '~')
{
    for (const std::size_t piece : {std::size_t(1), std::size_t(2), std::size_t(3), text.size()}) {
        INFO(text << " in pieces of " << piece);
        const heard h = type(text, piece, character);
        CHECK(h.sent == sent);
        CHECK(h.asked == asked);
    }
}

} // namespace

TEST_CASE("escapes: each sequence, where a line begins")
{
    check("~.", "", {escape::disconnect});
    check("ls\r~.", "ls\r", {escape::disconnect});
    check("ls\n~?", "ls\n", {escape::help});
    check("~\x1a~B~R~V~v~#~C~&", "",
          {escape::suspend, escape::send_break, escape::rekey, escape::less_talk, escape::more_talk, escape::connections,
           escape::command_line, escape::background});
    check("~?rest\r", "rest\r", {escape::help});
}

TEST_CASE("escapes: none in the middle of a line, and the character itself can be typed")
{
    check("cd ~.\r", "cd ~.\r", {});
    check("a~.", "a~.", {});
    check("~~.\r", "~.\r", {});
    check("\r~~~.", "\r~~.", {});
    check("~x", "~x", {});
    check("~\r~.", "~\r", {escape::disconnect}); // what is no sequence is sent, and the line ended
    check("~/bin\r", "~/bin\r", {});
    check("~b~r", "~b~r", {}); // small letters mean nothing
}

TEST_CASE("escapes: the help names the character that is in force")
{
    CHECK(escape_sequences('~').help().find("\r\n ~.   - terminate connection\r\n") != std::string::npos);
    CHECK(escape_sequences('\x01').help().find("\r\n ^A.   - terminate connection\r\n") != std::string::npos);
    CHECK(escape_sequences('~').help().find("~C") == std::string::npos);
    CHECK(escape_sequences('~').help(true).find("\r\n ~C   - open a command line\r\n") != std::string::npos);
    CHECK(escape_sequences('~').shown() == "~");
    CHECK(escape_sequences(std::nullopt).shown() == "none");
}
