// The keys of the line editor, on a screen of one row that understands what the editor writes.
#include "catch.hpp"
#include "server/line_editing.hpp"
#include "server/text_cells.hpp"

using namespace sshoal::server;
using event = line_editing::event;

namespace {

/// The rows that the editor's bytes leave on a terminal. Each cell holds a whole character; behind a wide one is an empty cell.
class screen {
public:
    void write(std::string_view text)
    {
        while (!text.empty()) {
            if (text.starts_with("\x1b[")) {
                std::size_t n = 2;
                while (text[n] < '@' || text[n] > '~')
                    ++n;
                const std::string number(text.substr(2, n - 2));
                if (text[n] == 'K')
                    row_.resize(std::min(row_.size(), at_));
                else if (text[n] == 'C')
                    at_ += std::stoul(number);
                else if (text[n] == 'J')
                    rows.clear(), row_.clear();
                text.remove_prefix(n + 1);
            } else if (text.front() == '\r') {
                at_ = 0;
                text.remove_prefix(1);
            } else if (text.front() == '\n') {
                rows.push_back(row());
                row_.clear();
                text.remove_prefix(1);
            } else if (text.front() == '\a') {
                ++bells;
                text.remove_prefix(1);
            } else {
                const first_character c = character_at(text);
                row_.resize(std::max(row_.size(), at_ + c.cells), " ");
                if (c.cells == 0) {
                    row_[at_ - 1] += text.substr(0, c.bytes);
                } else {
                    row_[at_] = text.substr(0, c.bytes);
                    if (c.cells == 2)
                        row_[at_ + 1].clear();
                }
                at_ += c.cells;
                text.remove_prefix(c.bytes);
            }
        }
    }
    std::string row() const
    {
        std::string all;
        for (const std::string& cell : row_)
            all += cell;
        return all;
    }
    std::size_t cursor() const { return at_; }
    std::size_t width() const { return row_.size(); }

    std::vector<std::string> rows; // those above
    int bells = 0;

private:
    std::vector<std::string> row_;
    std::size_t at_ = 0;
};

struct desk {
    explicit desk(std::uint32_t columns = 80, bool terminal = true) : editing(terminal, columns) { begin(); }
    void begin(std::string_view prompt = "> ", bool hidden = false)
    {
        editing.begin(prompt, hidden);
        show();
    }
    void show()
    {
        shown.write(editing.output());
        editing.output().clear();
    }
    event type(std::string_view keys)
    {
        const event e = editing.take(keys);
        rest = keys;
        show();
        return e;
    }
    /// Types a whole line.
    std::string line(std::string_view keys)
    {
        const event e = type(std::string(keys) + "\r");
        CHECK(e == event::line);
        std::string got = editing.take_line();
        begin();
        return got;
    }

    line_editing editing;
    screen shown;
    std::string rest;
};

constexpr std::string_view up = "\x1b[A", down = "\x1b[B", right = "\x1b[C", left = "\x1b[D", home = "\x1b[H", end = "\x1b[F";

std::string keys(std::initializer_list<std::string_view> all)
{
    std::string one;
    for (const std::string_view k : all)
        one += k;
    return one;
}

} // namespace

TEST_CASE("a line is shown as it is typed, and ends with Enter")
{
    desk d;
    CHECK(d.shown.row() == "> ");
    CHECK(d.type("hel") == event::none);
    CHECK(d.shown.row() == "> hel");
    CHECK(d.type("lo\rnext") == event::line);
    CHECK(d.rest == "next");
    CHECK(d.shown.rows.back() == "> hello");
    CHECK(d.editing.take_line() == "hello");
    d.begin();
    CHECK(d.type("\n") == event::none); // the second half of a line end that a program has sent
    CHECK(d.line("two") == "two");
    CHECK(d.type("x\n") == event::line);
    CHECK(d.editing.take_line() == "x");
}

TEST_CASE("keys move the cursor and change the line")
{
    struct scene {
        std::string typed;
        std::string_view row;
        std::size_t cursor;
    };
    const scene all[] = {
        {keys({"abc", left, left, "X"}), "aXbc", 2},
        {keys({"abc", left, left, left, left, "X"}), "Xabc", 1},
        {keys({"abc", left, right, right, "X"}), "abcX", 4},
        {"abc\x01X", "Xabc", 1},
        {"abc\x01\x05X", "abcX", 4},
        {keys({"abc", home, "X", end, "Y"}), "XabcY", 5},
        {"abc\x1b[1~X\x1b[4~Y", "XabcY", 5},
        {"abc\x1bOHX", "Xabc", 1},
        {"abc\x02\x02X", "aXbc", 2},
        {"abc\x01\x06X", "aXbc", 2},
        {"abc\x7f\x08", "a", 1},
        {"a\x7f\x7f\x7f", "", 0},
        {keys({"abc", left, left, "\x04"}), "ac", 1},
        {keys({"abc", left, left, "\x1b[3~"}), "ac", 1},
        {"abc\x1b[3~", "abc", 3},
        {keys({"abc def", left, left, "\x0b"}), "abc d", 5},
        {keys({"abc def", left, left, "\x15"}), "ef", 0},
        {"abc def\x17", "abc ", 4},
        {"abc def  \x17", "abc ", 4},
        {"abc\x17\x17", "", 0},
        {"abc def\x1b" "b\x1b" "bX\x1b" "fY", "XabcY def", 5},
        {"abc def\x1b[1;5D\x1b[1;5DX\x1b[1;5CY", "XabcY def", 5},
        {"abc def\x01\x1b" "d", " def", 0},
        {"abc def\x1b\x7f", "abc ", 4},
        {"ab\x07\x0f\x10" "c", "abc", 3},
        {"ab\x1b[200~c\x1b[201~d", "abcd", 4},
        {"ab\x1b\x1b[Dx", "axb", 2},
    };
    for (const scene& s : all) {
        CAPTURE(s.typed);
        desk together;
        CHECK(together.type(s.typed) == event::none);
        CHECK(together.shown.row() == "> " + std::string(s.row));
        CHECK(together.shown.cursor() == 2 + s.cursor);
        desk one_by_one;
        for (const char c : s.typed)
            CHECK(one_by_one.type(std::string_view(&c, 1)) == event::none);
        CHECK(one_by_one.shown.row() == together.shown.row());
        CHECK(one_by_one.shown.cursor() == together.shown.cursor());
        CHECK(one_by_one.line("") == s.row);
    }
}

TEST_CASE("characters of several bytes are typed, moved over and removed as one; bytes that are no text are dropped")
{
    desk d;
    d.type("gr\xc3");
    CHECK(d.shown.row() == "> gr");
    d.type("\xbc\xc3\x9f" "e\xcc\x81\xe6\xbc\xa2");
    CHECK(d.shown.row() == "> gr\xc3\xbc\xc3\x9f" "e\xcc\x81\xe6\xbc\xa2");
    CHECK(d.shown.cursor() == 2 + 7);
    d.type(left);
    CHECK(d.shown.cursor() == 2 + 5);
    d.type(left);
    CHECK(d.shown.cursor() == 2 + 4);
    d.type("\x7f");
    CHECK(d.shown.row() == "> gr\xc3\xbc" "e\xcc\x81\xe6\xbc\xa2");
    d.type("\x05\x7f\x7f");
    CHECK(d.shown.row() == "> gr\xc3\xbc");
    CHECK(d.line("\xff\x80\xc3(\xc2\x85\xed\xa0\x80.") == "gr\xc3\xbc(.");
}

TEST_CASE("Ctrl-C drops the line, Ctrl-D ends an empty one")
{
    desk d;
    CHECK(d.type("abc\x03rest") == event::interrupted);
    CHECK(d.rest == "rest");
    CHECK(d.shown.rows.back() == "> abc^C");
    d.begin();
    CHECK(d.shown.row() == "> ");
    CHECK(d.type("a\x04\x7f\x04") == event::end); // the first one has nothing to remove
    CHECK(d.shown.row().empty());
}

TEST_CASE("the arrows go through the lines that were typed before, and back to the one that is being typed")
{
    desk d;
    d.line("one");
    d.line("two");
    d.line("two");
    d.line("");
    d.line("three");
    CHECK(d.editing.history() == std::vector<std::string>{"one", "two", "three"});
    d.type("dra");
    d.type(up);
    CHECK(d.shown.row() == "> three");
    d.type(keys({up, up, up, up}));
    CHECK(d.shown.row() == "> one");
    CHECK(d.shown.cursor() == 5);
    d.type(keys({down, down}));
    CHECK(d.shown.row() == "> three");
    d.type(keys({down, down, down, "ft"}));
    CHECK(d.shown.row() == "> draft");
    CHECK(d.line("\x15\x10\x10!") == "two!"); // Ctrl-P
    CHECK(d.line(std::string(up) + "\x10\x0e") == "two!"); // Ctrl-N
    CHECK(d.editing.history().size() == 4);
    d.editing.limit_history(2);
    CHECK(d.editing.history() == std::vector<std::string>{"three", "two!"});
    d.line("x");
    CHECK(d.editing.history() == std::vector<std::string>{"two!", "x"});
    d.editing.limit_history(0);
    d.line("y");
    CHECK(d.editing.history().empty());
    d.editing.limit_history(3);
    d.editing.set_history({"a", "b", "c", "d"});
    CHECK(d.line(std::string(up)) == "d");
}

TEST_CASE("a hidden line is not shown, not kept, and does not show the lines before it")
{
    desk d;
    d.line("before");
    d.begin("password: ", true);
    CHECK(d.type(keys({"secr", up, "et", left, "\x7f", "E"})) == event::none);
    CHECK(d.shown.row() == "password: ");
    CHECK(d.shown.cursor() == 10);
    CHECK(d.type("\r") == event::line);
    CHECK(d.shown.rows.back() == "password: ");
    CHECK(d.editing.take_line() == "secrEt");
    CHECK(d.editing.history() == std::vector<std::string>{"before"});
}

TEST_CASE("a long line scrolls in its row, and never touches the last column")
{
    desk d(12); // two for the prompt, nine for the line
    d.type("123456789");
    CHECK(d.shown.row() == "> 123456789");
    d.type("0");
    CHECK(d.shown.row() == "> 234567890");
    CHECK(d.shown.cursor() == 11);
    d.type("ab");
    CHECK(d.shown.row() == "> 4567890ab");
    d.type("\x01");
    CHECK(d.shown.row() == "> 123456789");
    CHECK(d.shown.cursor() == 2);
    d.type("\x05\x15" "wide\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2");
    CHECK(d.shown.row() == "> ide\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2");
    CHECK(d.shown.width() == 11);
    d.editing.resize(40);
    d.show();
    CHECK(d.shown.row() == "> wide\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2");
    d.editing.resize(8);
    d.show();
    CHECK(d.shown.row() == "> \xe6\xbc\xa2\xe6\xbc\xa2");
    CHECK(d.shown.cursor() == 6);
}

TEST_CASE("text from elsewhere is shown above the line, which keeps its cursor")
{
    desk d;
    d.type(std::string("typed") + std::string(left));
    d.editing.print("news\nof two rows");
    d.show();
    REQUIRE(d.shown.rows.size() == 2);
    CHECK(d.shown.rows[0] == "news");
    CHECK(d.shown.rows[1] == "of two rows");
    CHECK(d.shown.row() == "> typed");
    CHECK(d.shown.cursor() == 6);
    CHECK(d.line("X") == "typeXd");
    CHECK(d.type("\r") == event::line);
    d.editing.print("between lines\r\n");
    d.show();
    CHECK(d.shown.rows.back() == "between lines");
    CHECK(d.shown.row().empty());
    d.type("kept");
    d.begin("again> "); // a call that was cancelled, and the next
    CHECK(d.shown.row() == "again> kept");
}

TEST_CASE("Ctrl-L clears the screen and shows the line again")
{
    desk d;
    d.line("one");
    d.type("two\x0c");
    CHECK(d.shown.rows.empty());
    CHECK(d.shown.row() == "> two");
}

TEST_CASE("a line has a limit")
{
    desk d;
    d.editing.limit_line(5);
    CHECK(d.line("abcd\xc3\xbc" "ef") == "abcde");
    CHECK(d.shown.bells == 2);
}

TEST_CASE("without a terminal, lines are taken as they are and nothing is shown")
{
    desk d(0, false);
    CHECK(d.shown.row().empty());
    CHECK(d.type("a\x03\tb\r\nc") == event::line);
    CHECK(d.editing.take_line() == "a\x03\tb");
    CHECK(d.rest == "c");
    CHECK(d.type("last") == event::none);
    CHECK(d.editing.finish() == event::line);
    CHECK(d.editing.take_line() == "last");
    CHECK(d.editing.finish() == event::end);
    CHECK(d.shown.rows.empty());
    d.editing.print("out");
    CHECK(d.editing.output() == "out\n");
    desk typed;
    typed.type("not ended");
    CHECK(typed.editing.finish() == event::end);
}
