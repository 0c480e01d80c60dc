// line_editor over a session: keys from the client, lines at the server, and what the client's screen gets.
#include "ends.hpp"
#include "sshoal/line_editor.hpp"

using namespace rig;

namespace {

/// A client at its terminal, and the server's editor. `lines` has what the program has read.
struct dialogue {
    pair link;
    process user;
    std::shared_ptr<line_editor> editor;
    std::string lines;
    std::string screen;
};

awaitable<void> read_lines(dialogue& d)
{
    for (;;) {
        const std::optional<std::string> line = co_await d.editor->read_line("> ");
        if (!line)
            break;
        d.lines += *line + "|";
    }
    d.lines += d.editor->interrupted() ? "interrupted" : "end";
    co_await d.editor->session().io().send_eof();
}

awaitable<std::shared_ptr<dialogue>> begun(std::optional<terminal> pty, bool interrupts = false)
{
    auto d = std::make_shared<dialogue>();
    d->link = co_await connected();
    serve(d->link.server, [d = d.get(), interrupts](server_session s, session_request) -> awaitable<void> {
        d->editor = std::make_shared<line_editor>(s);
        d->editor->interrupts(interrupts);
        co_await read_lines(*d);
    });
    process_options how;
    if (pty)
        how.pty(*pty);
    d->user = co_await d->link.client.start_shell(std::move(how));
    co_await settle();
    co_return d;
}

/// Sends keys and takes what the screen has got since.
awaitable<std::string> typed(dialogue& d, std::string keys)
{
    co_await d.user.in().write(keys);
    co_await settle();
    std::string shown(d.user.out().queued(), ' ');
    shown.resize(d.user.out().try_read(room(shown)));
    co_return shown;
}

/// Reads what is sent until the server has nothing more to send.
awaitable<std::string> until_quiet(dialogue& d)
{
    std::string got;
    for (int quiet = 0; quiet < 100; ++quiet) {
        std::string some(100, ' ');
        some.resize(d.user.out().try_read(room(some)));
        if (!some.empty())
            quiet = 0;
        got += some;
        co_await settle();
    }
    co_return got;
}

} // namespace

TEST_CASE("a line editor reads lines from a terminal and shows them")
{
    run_test([]() -> awaitable<void> {
        const std::shared_ptr<dialogue> d = co_await begun(terminal());
        std::string shown = co_await typed(*d, "ab");
        CHECK(shown == "\r> \x1b[Kab");
        shown = co_await typed(*d, "\x7f" "c\rsecond\rthi");
        CHECK(d->lines == "ac|second|");
        CHECK(shown.ends_with("\r> \x1b[Kthi"));
        d->editor->print("news");
        shown = co_await typed(*d, "");
        CHECK(shown == "\r\x1b[Knews\r\n\r> thi\x1b[K");
        shown = co_await typed(*d, "\x03");
        CHECK(shown == "^C\r\n\r> \x1b[K");
        shown = co_await typed(*d, "\x04");
        CHECK(d->lines == "ac|second|end");
    });
}

TEST_CASE("a line editor follows the window")
{
    run_test([]() -> awaitable<void> {
        const terminal_size small{12, 5, 0, 0};
        const terminal_size large{80, 5, 0, 0};
        const std::shared_ptr<dialogue> d = co_await begun(terminal("xterm", small));
        std::string shown = co_await typed(*d, "123456789abc");
        CHECK(shown.ends_with("\r> 456789abc\x1b[K"));
        co_await d->user.resize(large);
        shown = co_await typed(*d, "");
        CHECK(shown == "\r> 123456789abc\x1b[K");
    });
}

TEST_CASE("Ctrl-C ends read_line() where the program wants that, and the end of the input always does")
{
    run_test([]() -> awaitable<void> {
        const std::shared_ptr<dialogue> d = co_await begun(terminal(), true);
        co_await typed(*d, "abc\x03");
        CHECK(d->lines == "interrupted");
        const std::shared_ptr<dialogue> e = co_await begun(terminal(), true);
        co_await typed(*e, "abc\rdef");
        co_await e->user.in().send_eof();
        co_await settle();
        CHECK(e->lines == "abc|end");
    });
}

TEST_CASE("without a terminal, a line editor reads what is sent and writes no prompt")
{
    run_test([]() -> awaitable<void> {
        const std::shared_ptr<dialogue> d = co_await begun(std::nullopt);
        std::string shown = co_await typed(*d, "one\ntwo\r\nthr");
        CHECK(shown.empty());
        CHECK(d->lines == "one|two|");
        d->editor->print("news");
        shown = co_await typed(*d, "");
        CHECK(shown == "news\n");
        co_await d->user.in().send_eof();
        co_await settle();
        CHECK(d->lines == "one|two|thr|end");
    });
}

TEST_CASE("a cancelled read_line() keeps what was typed; bytes behind a line are there for other reads; one reads at a time")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string story;
        serve(p.server, [&story](server_session s, session_request) -> awaitable<void> {
            line_editor editor(s);
            beside reading = co_await beside::start_here(editor.read_line("> "));
            co_await pause_for(std::chrono::milliseconds(1));
            while (s.io().info().bytes_in < 3)
                co_await settle();
            const failure second = co_await failure_of(editor.read_line("> "));
            CHECK(second.code() == errc::operation_in_progress);
            reading.cancel(stop_total);
            co_await settle();
            CHECK(reading.aborted());
            co_await s.write("go on");
            const std::optional<std::string> line = co_await editor.read_line("> ");
            const std::optional<std::string> secret = co_await editor.read_hidden("password: ");
            std::string rest(4, ' ');
            const std::size_t n = co_await s.read_some(std::span(rest));
            CHECK(n == 4);
            story = *line + "|" + *secret + "|" + rest + "|" + std::to_string(editor.history().size());
            co_await s.exit(0);
        });
        process user = co_await p.client.start_shell(process_options().pty(terminal()));
        co_await user.in().write("abc");
        std::string shown;
        while (shown.find("go on") == std::string::npos) {
            std::string more(1000, ' ');
            const std::size_t n = co_await user.out().read_some(std::span(more));
            shown += more.substr(0, n);
        }
        co_await user.in().write("def\rhush\rrest");
        const exit_info how = co_await user.wait();
        CHECK(how.ok());
        CHECK(story == "abcdef|hush|rest|1");
    });
}

TEST_CASE("a client that goes ends read_line(), and print() does no harm then")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        failure f;
        bool over = false;
        std::shared_ptr<line_editor> editor;
        serve(p.server, [&](server_session s, session_request) -> awaitable<void> {
            editor = std::make_shared<line_editor>(s);
            f = co_await failure_of(editor->read_line("> "));
            over = true;
        });
        process user = co_await p.client.start_shell(process_options().pty(terminal()));
        co_await settle();
        p.client.disconnect(disconnect_reason::by_application, "");
        while (!over)
            co_await settle();
        CHECK(f.code() == errc::disconnected);
        editor->print("to nobody");
        CHECK_THROWS_AS(line_editor(server_session()), error);
    });
}

TEST_CASE("print() waits for a client that does not read, up to a limit")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup(), client_setup().limits(window_of(1000)));
        std::shared_ptr<line_editor> editor;
        serve(p.server, [&editor](server_session s, session_request) -> awaitable<void> {
            editor = std::make_shared<line_editor>(s);
            co_await editor->read_line();
            co_await editor->flush();
            co_await s.exit(0);
        });
        process user = co_await p.client.start("x");
        co_await settle();
        const std::string row(10'000, 'x');
        for (int i = 0; i < 200; ++i)
            editor->print(row);
        co_await settle();
        co_await user.in().write("\n");
        const std::string all = co_await user.out().read_all();
        // The rows that did not fit are missing as a whole.
        CHECK(all.size() % 10'001 == 0);
        CHECK(all.size() > (1u << 20));
        CHECK(all.size() < 2'000'000);
    });
}

TEST_CASE("a line editor drops text for a client that does not read, at its limit")
{
    run_test([]() -> awaitable<void> {
        dialogue d;
        d.link = co_await connected(server_setup(), client_setup().limits(window_of(1)));
        serve(d.link.server, [d = &d](server_session s, session_request) -> awaitable<void> {
            d->editor = std::make_shared<line_editor>(s);
            co_await read_lines(*d);
        });
        d.user = co_await d.link.client.start_shell();
        co_await settle();
        d.editor->limit_output(10);
        d.editor->print("0123456789"); // and its end of a row: one byte is under way, ten wait
        d.editor->print("dropped");
        std::string got = co_await until_quiet(d);
        CHECK(got == "0123456789\n");
        d.editor->print("012345678"); // nine wait
        d.editor->print("kept");
        d.editor->print("dropped");
        got = co_await until_quiet(d);
        CHECK(got == "012345678\nkept\n");
    });
}

TEST_CASE("a line editor takes no keys from a client that does not read what they cause")
{
    run_test([]() -> awaitable<void> {
        auto d = co_await begun(terminal());
        d->editor->limit_output(64 * 1024);
        const std::string keys(2'000'000, '\x03'); // each begins a new row with the prompt
        beside typing = beside::start(d->link.client.get_executor(), d->user.in().write(keys));
        std::uint64_t sent = 1;
        for (std::uint64_t before = 0; before != sent;) {
            before = sent;
            for (int i = 0; i < 100; ++i)
                co_await settle();
            sent = d->user.io().info().bytes_out;
        }
        CHECK(!typing.done());
        CHECK(sent < keys.size());
        std::vector<std::byte> some(100'000);
        while (!typing.done()) {
            const std::size_t n = co_await d->user.out().read_some(some);
            CHECK(n > 0);
        }
        CHECK(!typing.result());
        co_await d->user.in().write("\x15still here\r");
        while (d->lines != "still here|") {
            d->user.out().try_read(some);
            co_await settle();
        }
    });
}
