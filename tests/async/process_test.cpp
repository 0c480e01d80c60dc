// run(), start() and what belongs to programs, seen from the client.
#include "ends.hpp"


using namespace rig;

namespace {

/// Writes n bytes to stdout and n to stderr at the same time, then exits.
program talkative(std::size_t n)
{
    return [n](server_session s, session_request) -> awaitable<void> {
        const std::string text = pattern(n);
        auto writing = both(s.write(text), s.write_error(text));
        co_await std::move(writing);
        co_await s.exit(3);
    };
}

} // namespace

TEST_CASE("run() drains both streams at once, each larger than its window")
{
    run_test([]() -> awaitable<void> {
        for (const std::uint32_t window : {1000u, 100'000u}) {
            pair p = co_await connected(server_setup(), client_setup().limits(window_of(window)));
            serve(p.server, talkative(150'000));
            const run_result r = co_await p.client.run("x");
            CHECK(r.out == pattern(150'000));
            CHECK(r.err == pattern(150'000));
            CHECK(r.exit.status == 3u);
            CHECK(!r.ok());
            CHECK(r.exit.describe() == "exit status 3");
        }
    });
}

TEST_CASE("the capture limit is kept to the byte")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, talkative(5000));
        run_result r = co_await p.client.run("x", run_options().capture_limit(10'001));
        CHECK(r.out.size() + r.err.size() == 10'000);
        r = co_await p.client.run("x", run_options().capture_limit(10'000));
        CHECK(r.out.size() + r.err.size() == 10'000);
        const failure f = co_await failure_of(p.client.run("x", run_options().capture_limit(9'999)));
        CHECK(f.code() == errc::capture_limit);
        CHECK(f.context().find("9999") != std::string::npos);
        co_await settle();
        CHECK(p.client.stats().channels == 0);
        r = co_await p.client.run("x");
        CHECK(r.out.size() == 5000);
    });
}

TEST_CASE("input larger than the windows goes through, and a command that does not read it ends all the same")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup().limits(window_of(3000)), client_setup().limits(window_of(2000)));
        serve(p.server, [](server_session s, session_request q) -> awaitable<void> {
            if (q.command == "cat") {
                co_await echo(s, q);
            } else {
                co_await s.write("done");
                co_await s.exit(0);
            }
        });
        const std::string text = pattern(200'000);
        run_result r = co_await p.client.run("cat", run_options().input(text));
        CHECK(r.out == text);
        r = co_await p.client.run("true", run_options().input(text));
        CHECK(r.out == "done");
        CHECK(r.ok());
    });
}

TEST_CASE("a program may end by a signal, without a word, or with the connection")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, [](server_session s, session_request q) -> awaitable<void> {
            co_await s.write("out");
            if (q.command == "signal")
                co_await s.exit_signal("KILL", false, "killed");
            else if (q.command == "silent")
                s.io().close();
            else
                co_await s.next_event();
        });
        run_result r = co_await p.client.run("signal");
        CHECK(r.exit.signal == "KILL");
        CHECK(r.exit.describe() == "killed by SIGKILL");
        r = co_await p.client.run("silent");
        CHECK(!r.exit.status);
        CHECK(r.out == "out");
        CHECK(!r.ok());
        CHECK(r.exit.describe() == "ended without saying how");

        process proc = co_await p.client.start("wait");
        beside waiting = co_await beside::start_here(proc.wait());
        beside running = co_await beside::start_here(p.client.run("wait"));
        p.server.disconnect(disconnect_reason::service_not_available, "going down");
        co_await settle();
        CHECK(running.done());
        CHECK(running.result().code() == errc::disconnected);
        CHECK(running.result().context().find("going down") != std::string::npos);
        CHECK(waiting.done());
        CHECK(waiting.result().code() == errc::disconnected);
        const std::string rest = co_await [](process x) -> awaitable<std::string> {
            std::string got(3, ' ');
            co_await x.io().read(std::as_writable_bytes(std::span(got)));
            co_return got;
        }(proc);
        CHECK(rest == "out"); // what had arrived can be read; then comes the error
        std::byte b;
        const failure f = co_await failure_of(proc.out().read_some(std::span(&b, 1)));
        CHECK(f.code() == errc::disconnected);
    });
}

TEST_CASE("start() streams in both directions, and tells the program what happens to its terminal")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::vector<std::string> events;
        terminal_size size;
        auto program = [&](server_session s, session_request q) -> awaitable<void> {
            CHECK(q.env.size() == 1);
            CHECK(q.pty);
            size = q.pty->size;
            for (int i = 0; i < 3; ++i) {
                const std::optional<session_event> e = co_await s.next_event();
                REQUIRE(e);
                events.push_back(e->what == session_event::kind::signal        ? "signal " + e->signal
                                 : e->what == session_event::kind::send_break  ? "break " + std::to_string(e->length.count())
                                                                               : "size " + std::to_string(e->size.columns));
            }
            co_await echo(s, q);
        };
        serve(p.server, program);
        const terminal_size small{80, 24, 0, 0};
        const terminal_size large{132, 50, 0, 0};
        const process_options wanted = process_options().pty(terminal("vt100", small)).env("LANG", "C").env("SECRET", "1");
        process proc = co_await p.client.start_shell(wanted);
        CHECK(proc.has_terminal());
        co_await proc.resize(large);
        co_await proc.signal("INT");
        const bool broken = co_await proc.send_break(std::chrono::milliseconds(700));
        CHECK(broken);
        co_await proc.in().write("typed");
        co_await proc.in().send_eof();
        const std::string out = co_await read_all(proc.io());
        CHECK(out == "typed");
        const exit_info how = co_await proc.wait();
        CHECK(how.ok());
        CHECK(proc.exit().ok());
        CHECK(size.columns == 80);
        REQUIRE(events.size() == 3);
        CHECK(events[0] == "size 132");
        CHECK(events[1] == "signal INT");
        CHECK(events[2] == "break 700");
    });
}

TEST_CASE("discarded stderr is dropped with credit, so that a program that writes much there goes on")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup(), client_setup().limits(window_of(1000)));
        serve(p.server, talkative(50'000));
        process proc = co_await p.client.start("x", process_options().discard_stderr());
        const std::string out = co_await read_all(proc.io());
        CHECK(out == pattern(50'000));
        const exit_info how = co_await proc.wait();
        CHECK(how.status == 3u);
    });
}

TEST_CASE("merged stderr joins the output in order, when it is streamed and when it is gathered")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup(), client_setup().limits(window_of(1000)));
        serve(p.server, [](server_session s, session_request) -> awaitable<void> {
            for (int i = 0; i < 300; ++i) {
                co_await s.write("out ");
                co_await s.write_error("err ");
            }
            co_await s.exit(0);
        });
        std::string expected;
        for (int i = 0; i < 300; ++i)
            expected += "out err ";
        process proc = co_await p.client.start("x", process_options().merge_stderr());
        const std::string out = co_await proc.out().read_all();
        CHECK(out == expected);
        const std::string err = co_await proc.err().read_all();
        CHECK(err.empty());
        const run_result r = co_await p.client.run("x", run_options().merge_stderr());
        CHECK(r.out == expected);
        CHECK(r.err.empty());

        process again = co_await p.client.start("x", process_options().merge_stderr());
        auto too_much = again.out().read_all(expected.size() - 1);
        const failure f = co_await failure_of(std::move(too_much));
        CHECK(f.code() == errc::capture_limit);
        process exact = co_await p.client.start("x", process_options().merge_stderr());
        const std::string all = co_await exact.out().read_all(expected.size());
        CHECK(all == expected);
    });
}

TEST_CASE("a signal's name is checked, and may be given with SIG")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string got;
        serve(p.server, [&got](server_session s, session_request) -> awaitable<void> {
            std::optional<session_event> e = co_await s.next_event();
            got = e ? e->signal : "none";
            co_await s.exit(0);
        });
        process proc = co_await p.client.start("x");
        for (const char* bad : {"", "SIG", "term", "TERM x", "TERM\n", "@x", "x@", "a,b@c"})
            CHECK_THROWS_AS(proc.signal(bad), error);
        co_await proc.signal("SIGTERM");
        co_await proc.wait();
        CHECK(got == "TERM");
    });
}

namespace {

template <class T>
awaitable<void> expect_closed(awaitable<T> operation)
{
    auto trying = failure_of(std::move(operation));
    const failure f = co_await std::move(trying);
    CHECK(f.code() == errc::closed);
}

} // namespace

TEST_CASE("an empty handle is an error, not a crash")
{
    run_test([]() -> awaitable<void> {
        connection c;
        channel ch;
        process p;
        std::string b(4, ' ');
        CHECK(!c);
        CHECK(!c.is_open());
        CHECK(c.info().user.empty());
        CHECK(ch.try_read(std::as_writable_bytes(std::span(b))) == 0);
        CHECK(ch.at_eof());
        CHECK(p.exit().describe() == "ended without saying how");
        ch.close();
        c.close();
        co_await expect_closed(c.run("x"));
        co_await expect_closed(c.open_channel("x"));
        co_await expect_closed(c.wait_closed());
        co_await expect_closed(channel_acceptor().accept());
        co_await expect_closed(request_acceptor().accept());
        CHECK_THROWS_AS(c.listen_channels("x"), error);
        co_await expect_closed(c.rekey());
        co_await expect_closed(ch.read_some(std::span(b)));
        co_await expect_closed(ch.read_all());
        co_await expect_closed(ch.write("x"));
        co_await expect_closed(ch.send_eof());
        co_await expect_closed(ch.next_request());
        co_await expect_closed(p.wait());
        co_await expect_closed(p.signal("TERM"));
    });
}

TEST_CASE("refusals say what was refused")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup().max_sessions(2));
        auto refusing = [](server_connection c) -> awaitable<void> {
            for (;;) {
                std::optional<session_request> q = co_await c.next_session();
                if (!q)
                    break;
                q->refuse();
            }
        };
        spawn(p.server, refusing(p.server));
        failure f = co_await failure_of(p.client.run("rm -rf \n/"));
        CHECK(f.code() == errc::request_refused);
        CHECK(f.context().starts_with("exec \"rm -rf "));
        CHECK(f.context().find('\n') == std::string::npos);
        f = co_await failure_of(p.client.start_shell());
        CHECK(f.code() == errc::request_refused);
        CHECK(f.context() == "shell");
        f = co_await failure_of(p.client.start_subsystem("sftp", process_options().pty(terminal())));
        CHECK(f.code() == errc::request_refused);
        CHECK(f.context() == "subsystem \"sftp\"");
        terminal hostile;
        hostile.type = std::string(1000, 'x'); // longer than the server takes; the program's request is under way behind it
        f = co_await failure_of(p.client.start_shell(process_options().pty(hostile)));
        CHECK(f.code() == errc::request_refused);
        CHECK(f.context() == "pty-req");
        channel a = co_await p.client.open_channel("session");
        channel b = co_await p.client.open_channel("session");
        f = co_await failure_of(p.client.open_channel("session"));
        CHECK(f.code() == errc::channel_open_refused);
        f = co_await failure_of(p.client.open_channel("nonsense"));
        CHECK(f.code() == errc::channel_open_refused);
        CHECK(f.context().find("not wanted here") != std::string::npos);
        f = co_await failure_of(p.client.open_tcp("127.0.0.1", 1));
        CHECK(f.code() == errc::channel_open_refused);
        CHECK(p.client.is_open());
    });
}
