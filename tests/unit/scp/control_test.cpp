// The lines of the copy protocol.
#include "catch.hpp"
#include "scp/protocol/control.hpp"

#include <vector>

using namespace sshoal;
using namespace sshoal::scp_protocol;

namespace {

bool broken(std::string_view line)
{
    const auto c = parse_control(line);
    return !c && c.error().code() == errc::protocol_error;
}

} // namespace

TEST_CASE("what we say is what we understand")
{
    const std::string file = file_line(0100644, most_size, "a name");
    CHECK(file == "C0644 9223372036854775807 a name\n");
    const auto c = parse_control(std::string_view(file).substr(0, file.size() - 1));
    REQUIRE(c.has_value());
    CHECK(c->what == record::file);
    CHECK(c->mode == 0644);
    CHECK(c->size == most_size);
    CHECK(c->name == "a name");

    CHECK(directory_line(042755, "d") == "D2755 0 d\n");
    const auto d = parse_control("D2755 0 d");
    REQUIRE(d.has_value());
    CHECK(d->what == record::directory);
    CHECK(d->mode == 02755);

    CHECK(times_line(1234567890, -5) == "T1234567890 0 0 0\n");
    CHECK(times_line(INT64_MAX, 1) == "T1099511627776 0 1 0\n");
    const auto t = parse_control("T1234567890 999999 17 0");
    REQUIRE(t.has_value());
    CHECK(t->what == record::times);
    CHECK(t->mtime == 1234567890);
    CHECK(t->atime == 17);
    CHECK(parse_control("E")->what == record::end);
}

TEST_CASE("T95 lines that are junk are refused: modes, sizes, times, names, lengths")
{
    for (const char* line : {"", "X", "C", "C0644", "C0644 ", "C0644 1", "C0644 1 ", "C064 1 a", "C06444 1 a", "C0648 1 a", "C-644 1 a",
                             "C0644 -1 a", "C0644 +1 a", "C0644 0x1 a", "C0644  1 a", "C0644 1a", "C0644 9223372036854775808 a",
                             "C0644 18446744073709551616 a", "C0644 99999999999999999999999999 a", "c0644 1 a", " C0644 1 a",
                             "C0644 1 .", "C0644 1 ..", "C0644 1 a/b", "C0644 1 /", "C0644 1 /etc/passwd", "C0644 1 ../a", "D0755 0 .",
                             "D0755 0 ..", "D0755 0 a/", "D0755 0 ", "D0755 -1 a", "E ", "E0", "T", "T1", "T1 0", "T1 0 1", "T1 0 1 ",
                             "T1 0 1 0 ", "T1 0 1 0 0", "T1 1000000 1 0", "T1 0 1 1000000", "T-1 0 1 0", "T1 0 -1 0", "T 1 0 1 0",
                             "T1099511627777 0 1 0", "T1 0 99999999999999999999 0", "Tx 0 1 0", "scp: not found"}) {
        INFO(line);
        CHECK(broken(line));
    }
    CHECK(broken(std::string_view("C0644 1 a\0b", 11)));
    CHECK(broken(std::string_view("\0", 1)));
    const std::string longest = "C0644 1 " + std::string(most_line - 8, 'a');
    CHECK(!broken(longest));
    CHECK(!broken(longest.substr(0, most_line - 1)));
    CHECK(broken(longest + "a"));
}

TEST_CASE("a directory may be called by dots only where it was asked for by them")
{
    CHECK(parse_control("D0755 0 .", true).has_value());
    CHECK(parse_control("D0755 0 ..", true).has_value());
    CHECK(!parse_control("C0644 0 .", true).has_value());
    CHECK(!parse_control("D0755 0 ../a", true).has_value());
    CHECK(!parse_control("D0755 0 ", true).has_value());
}

TEST_CASE("T95 what the peer complains about can be printed, and so can what we do")
{
    const auto w = parse_control("\1scp: a\x1b]0;pwned\x07: no");
    REQUIRE(w.has_value());
    CHECK(w->what == record::warning);
    CHECK(w->text == "scp: a\\x1b]0;pwned\\x07: no");
    CHECK(parse_control("\2gone")->what == record::fatal);
    CHECK(parse_control("\1")->text.empty());
    CHECK(warning_line("a\nb\x1b") == "\1scp: a\\x0ab\\x1b\n");
    CHECK(fatal_line("x") == "\2scp: x\n");
    CHECK(warning_line(std::string(100'000, 'x')).size() < most_line);
    CHECK(parse_control("oh\x1b[2J").error().context() == "expected a control line, but got: oh\\x1b[2J");
}

TEST_CASE("names that a line cannot hold are not sent")
{
    CHECK(can_be_sent("a"));
    CHECK(can_be_sent("a b'\"\x1b\\"));
    CHECK(can_be_sent(std::string(1024, 'a')));
    for (const char* name : {"", ".", "..", "a/b", "a\nb", "\n"})
        CHECK(!can_be_sent(name));
    CHECK(!can_be_sent(std::string(most_line, 'a')));
}
