// Lines, and text up to a prompt: of channels, programs and sessions.
#include "ends.hpp"
#include "sshoal/run_on.hpp"

using namespace rig;

namespace {

/// Gathers the lines, "<...>" each.
awaitable<std::string> all_of(line_reader lines)
{
    std::string all;
    while (std::optional<std::string> line = co_await lines.next())
        all += "<" + *line + ">";
    co_return all;
}

awaitable<std::string> lines_of(std::string text)
{
    ends e = co_await channel_ends();
    co_await e.server.write(text);
    co_await e.server.send_eof();
    std::string all = co_await all_of(e.client.lines());
    co_return all;
}

/// The next line, or "(end)".
awaitable<std::string> line_of(channel c)
{
    std::optional<std::string> line = co_await c.read_line();
    co_return line ? *line : std::string("(end)");
}

awaitable<void> send_and_end(channel to, std::string text)
{
    co_await to.write(text);
    co_await to.send_eof();
}

} // namespace

TEST_CASE("lines end with LF or CR LF, and the last one need not")
{
    run_test([]() -> awaitable<void> {
        std::string all = co_await lines_of("one\ntwo\r\n\n\r\nfive");
        CHECK(all == "<one><two><><><five>");
        all = co_await lines_of("");
        CHECK(all == "");
        all = co_await lines_of("\n");
        CHECK(all == "<>");
        all = co_await lines_of("a\rb\r\r\nc\r");
        CHECK(all == "<a\rb\r><c\r>"); // one CR belongs to the end of a line, and only before LF
        all = co_await lines_of("x\n" + std::string(3000, 'y') + "\nz\n");
        CHECK(all == "<x><" + std::string(3000, 'y') + "><z>");
    });
}

TEST_CASE("a line that arrives in pieces is one line, and what follows it stays in the channel")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        beside reading = co_await beside::start_here(e.client.read_line());
        for (const char* piece : {"he", "l", "lo\r"}) {
            co_await e.server.write(piece);
            co_await settle();
            CHECK(!reading.done());
        }
        co_await e.server.write("\nrest");
        for (int i = 0; i < 10 && !reading.done(); ++i)
            co_await settle();
        CHECK(reading.done());
        std::string got(10, ' ');
        const std::size_t n = co_await e.client.read_some(room(got));
        CHECK(got.substr(0, n) == "rest");
    });
}

TEST_CASE("lines and other reads of the same stream take turns")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        co_await e.server.write("head\n12345tail\nPassword: more");
        co_await e.server.write("error line\n", data_stream::error);
        co_await e.server.send_eof();
        line_reader lines = e.client.lines();
        std::optional<std::string> line = co_await lines.next();
        CHECK(line == "head");
        std::string five(5, ' ');
        co_await e.client.read(room(five));
        CHECK(five == "12345");
        line = co_await lines.next();
        CHECK(line == "tail");
        std::string text = co_await e.client.read_until("word: ");
        CHECK(text == "Password: ");
        text = co_await e.client.read_all();
        CHECK(text == "more");
        line = co_await lines.next();
        CHECK(!line);
        line = co_await e.client.read_line(data_stream::error);
        CHECK(line == "error line");
    });
}

TEST_CASE("a limit is kept to the byte, and a text that is too long is not lost")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t size : {std::size_t(9), std::size_t(600), std::size_t(70'000)}) {
            const std::string line(size, 'x');
            ends e = co_await channel_ends();
            beside sending = beside::start(e.server.get_executor(), send_and_end(e.server, line + "\n" + line)); // more than a window
            failure f = co_await failure_of(e.client.read_line(data_stream::normal, size));
            CHECK(f.code() == errc::line_too_long);
            CHECK(f.context() == "a line of more than " + std::to_string(size) + " bytes");
            f = co_await failure_of(e.client.read_until("\n", data_stream::normal, size));
            CHECK(f.code() == errc::line_too_long);
            std::optional<std::string> got = co_await e.client.read_line(data_stream::normal, size + 1);
            CHECK(got == line);
            f = co_await failure_of(e.client.read_line(data_stream::normal, size - 1));
            CHECK(f.code() == errc::line_too_long);
            got = co_await e.client.read_line(data_stream::normal, size); // the end of the stream takes no byte
            CHECK(got == line);
            while (!sending.done())
                co_await settle();
        }
        ends e = co_await channel_ends();
        co_await e.server.write("abc\n");
        std::optional<std::string> got = co_await e.client.read_line(data_stream::normal, std::size_t(-1));
        CHECK(got == "abc");
    });
}

TEST_CASE("a text that never comes is an error that shows the last text, and loses nothing")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        co_await e.server.write("Permission denied\r\n");
        co_await e.server.send_eof();
        const failure f = co_await failure_of(e.client.read_until("password: "));
        CHECK(f.code() == errc::text_not_found);
        CHECK(f.message()
              == "\"password: \"; the last text was \"Permission denied\\x0d\\x0a\": the stream ended before the text that was "
                 "waited for");
        std::string rest = co_await e.client.read_all();
        CHECK(rest == "Permission denied\r\n");
        const failure nothing = co_await failure_of(e.client.read_until(""));
        CHECK(nothing.code() == errc::invalid_argument);
    });
}

TEST_CASE("the text that is waited for may be cut anywhere")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        const std::string prompt = "aab>";
        for (std::size_t cut = 1; cut < prompt.size(); ++cut) {
            beside reading = co_await beside::start_here(e.client.read_until(prompt));
            co_await e.server.write("aa" + prompt.substr(0, cut));
            co_await settle();
            CHECK(!reading.done());
            co_await e.server.write(prompt.substr(cut) + "\n");
            while (!reading.done())
                co_await settle();
            CHECK(!reading.result());
            std::string line = co_await line_of(e.client); // the rest
            CHECK(line == "");
        }
    });
}

TEST_CASE("a cancelled line is read by the next call, on the strand and off it")
{
    run_test([]() -> awaitable<void> {
        for (const bool off_strand : {false, true}) {
            for (const auto type : {stop_total, stop_partial, stop_terminal}) {
                ends e = co_await channel_ends();
                const executor here = co_await asio::this_coro::executor;
                const executor where = off_strand ? another_strand(here) : e.client.get_executor();
                beside reading = beside::start(where, e.client.read_line());
                co_await e.server.write("half a ");
                for (int i = 0; i < 20; ++i)
                    co_await settle();
                CHECK(!reading.done());
                reading.cancel(type);
                while (!reading.done())
                    co_await settle();
                CHECK(reading.aborted());
                co_await e.server.write("line\nnext\n");
                std::string line = co_await line_of(e.client);
                CHECK(line == "half a line");
                line = co_await line_of(e.client);
                CHECK(line == "next");
            }
        }
    });
}

TEST_CASE("a cancellation that meets the line on its way back from the strand loses no line")
{
    run_test(
        []() -> awaitable<void> {
            ends e = co_await channel_ends();
            const executor here = co_await asio::this_coro::executor;
            const executor away = another_strand(here);
            std::string sent, got;
            for (int i = 0; i < 100; ++i) {
                const std::string line = "line " + std::to_string(i);
                sent += line + "\n";
                beside reading = beside::start(away, e.client.read_line());
                auto stop = [](beside b) -> awaitable<void> {
                    b.cancel(stop_terminal);
                    co_return;
                };
                auto stopping = on_strand(away, stop(reading));
                const std::string sent_now = line + "\n";
                auto racing = both(e.server.write(sent_now), std::move(stopping));
                co_await std::move(racing);
                while (!reading.done())
                    co_await settle();
                if (!reading.aborted()) {
                    CHECK(!reading.result());
                    got += line + "\n"; // the reader had it, in order
                    continue;
                }
                std::string again = co_await line_of(e.client);
                got += again + "\n";
            }
            CHECK(got == sent);
        },
        2);
}

TEST_CASE("a connection that goes in the middle of a line is an error, and the half line can still be read")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        beside reading = co_await beside::start_here(e.client.read_line());
        co_await e.server.write("half");
        while (e.client.info().bytes_in < 4)
            co_await settle();
        e.link.server.close();
        while (!reading.done())
            co_await settle();
        CHECK(reading.result().code() == errc::disconnected);
        std::string got(10, ' ');
        const std::size_t n = co_await e.client.read_some(room(got));
        CHECK(got.substr(0, n) == "half");
    });
}

TEST_CASE("programs and sessions have lines too, and an empty handle has an error")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, [](server_session s, session_request) -> awaitable<void> {
            std::optional<std::string> name = co_await s.read_line();
            co_await s.write("hello " + *name + "\nbye");
            std::string until = co_await s.read_until("!");
            co_await s.write_error(until + "\n");
            line_reader lines = s.lines();
            std::optional<std::string> last = co_await lines.next();
            CHECK(last == "tail");
            last = co_await lines.next();
            CHECK(!last);
            co_await s.exit(0);
        });
        process run = co_await p.client.start("x");
        co_await run.in().write("alice\nstop!tail");
        co_await run.in().send_eof();
        std::string out = co_await all_of(run.out().lines());
        CHECK(out == "<hello alice><bye>");
        std::optional<std::string> line = co_await run.err().read_line();
        CHECK(line == "stop!");
        failure f = co_await failure_of(run.err().read_until("more"));
        CHECK(f.code() == errc::text_not_found);
        f = co_await failure_of(channel().read_line());
        CHECK(f.code() == errc::closed);
        f = co_await failure_of(line_reader().next());
        CHECK(f.code() == errc::closed);
    });
}

TEST_CASE("lines keep their channel, and a single read does not")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        line_reader lines = e.client.lines();
        e.client = channel();
        co_await e.server.write("kept\n");
        std::optional<std::string> line = co_await lines.next();
        CHECK(line == "kept");
        lines = line_reader();
        co_await e.server.wait_closed(); // dropping the last owner has closed the channel
    });
}

TEST_CASE("a user or a port in the host's name is an error that says what to write")
{
    run_test([]() -> awaitable<void> {
        failure f = co_await failure_of(connect("root@h", client_setup()));
        CHECK(f.code() == errc::invalid_argument);
        CHECK(f.context().find("connect(\"h\", options), give the user with options.user(\"root\"),") != std::string::npos);
        f = co_await failure_of(connect("h:2201", client_setup()));
        CHECK(f.context().find("connect(\"h\", options), give the port with options.port(2201),") != std::string::npos);
        f = co_await failure_of(connect("ssh://a@[::1]:7", client_setup()));
        CHECK(f.context().find("connect(\"::1\", options)") != std::string::npos);
        f = co_await failure_of(connect("h:", client_setup()));
        CHECK(f.context().find("no port behind") != std::string::npos);
        login_target to;
        to.user = "root";
        to.host = "127.0.0.1";
        to.port = 9;
        f = co_await failure_of(connect(to, client_setup()));
        CHECK(f.code() != errc::invalid_argument); // nobody listens there
        CHECK(f.message().starts_with("root@127.0.0.1:9: "));
        const executor here = co_await asio::this_coro::executor;
        auto ends = make_memory_streams(here, here);
        ends.second->close();
        f = co_await failure_of(connect(std::move(ends.first), to, client_setup()));
        CHECK(f.message().starts_with("root@127.0.0.1:9: "));
    });
}
