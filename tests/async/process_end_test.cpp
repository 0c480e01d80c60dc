// How programs are ended from the client: run() with a deadline, cancelled runs, terminate(), wait_exit() and close().
#include "ends.hpp"

using namespace rig;
using namespace std::chrono_literals;

namespace {

/// Notes the signals that arrive, and ends by those that are in `deadly`.
program mortal(std::string& got, std::string deadly)
{
    return [&got, deadly](server_session s, session_request) -> awaitable<void> {
        for (;;) {
            const std::optional<session_event> e = co_await s.next_event();
            if (!e)
                break;
            if (e->what != session_event::kind::signal)
                continue;
            got += e->signal + " ";
            if (deadly.find(e->signal) != std::string::npos)
                co_await s.exit_signal(e->signal);
        }
        got += "over";
    };
}

/// Tells the exit status, as a server does whose program has left a background process behind, and keeps the channel open.
awaitable<void> leave_background(server_session s, session_request)
{
    std::vector<std::byte> status(4);
    status[3] = std::byte(7);
    co_await s.write("out");
    co_await s.io().notify("exit-status", std::move(status));
    for (;;) {
        const std::optional<session_event> e = co_await s.next_event();
        if (!e)
            break;
    }
}

} // namespace

TEST_CASE("run() with a deadline ends the program and says so")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string got;
        serve(p.server, mortal(got, "TERM"));
        const failure f = co_await failure_of(p.client.run("x", run_options().deadline(50ms)));
        CHECK(f.code() == errc::timed_out);
        CHECK(f.context() == "not done within 50 ms: the program was sent SIGTERM, and its channel was closed; whether it has "
                             "ended is not known");
        co_await settle();
        CHECK(got == "TERM over");
        CHECK(p.client.stats().channels == 0);
    });
}

TEST_CASE("a deadline that passes before the server has answered says so too, and one that does not pass changes nothing")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        const failure f = co_await failure_of(p.client.run("x", run_options().deadline(50ms)));
        CHECK(f.code() == errc::timed_out);
        CHECK(f.context().find("had not answered the request for the program") != std::string::npos);
        pair q = co_await connected();
        serve(q.server, echo);
        const run_result r = co_await q.client.run("cat", run_options().input("text").deadline(1h));
        CHECK(r.out == "text");
        CHECK(r.ok());
        q.server.disconnect(disconnect_reason::service_not_available, "going down");
        const failure lost = co_await failure_of(q.client.run("cat", run_options().deadline(1h)));
        CHECK(lost.code() == errc::disconnected);
    });
}

TEST_CASE("a run whose program has ended, but whose channel stays open, tells the status")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, leave_background);
        failure f = co_await failure_of(p.client.run("x", run_options().deadline(50ms)));
        CHECK(f.code() == errc::timed_out);
        CHECK(f.context().find("the program had ended (exit status 7), but its channel was still open") != std::string::npos);

        process proc = co_await p.client.start("x");
        const exit_info how = co_await proc.wait_exit();
        CHECK(how.status == 7u);
        CHECK(proc.exit().status == 7u);
        const bool closed = co_await ends_within(20ms, proc.wait());
        CHECK_FALSE(closed);
        std::string out(3, ' ');
        const std::size_t n = co_await proc.io().read(room(out));
        CHECK(n == 3);
        CHECK(out == "out");
        const exit_info ended = co_await proc.terminate(1h); // has ended already
        CHECK(ended.status == 7u);
        co_await settle();
        CHECK(p.client.stats().channels == 0);
    });
}

TEST_CASE("a cancelled run says what became of the program")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string got;
        serve(p.server, mortal(got, "TERM"));
        beside running = co_await beside::start_here(p.client.run("x"));
        running.cancel(stop_terminal);
        co_await settle();
        CHECK(running.aborted());
        CHECK(running.result().context().find("the program was sent SIGTERM, and its channel was closed") == 0);
        CHECK(got == "TERM over");
        got.clear();
        beside typing = co_await beside::start_here(p.client.run("x", run_options().pty(terminal())));
        typing.cancel(stop_terminal);
        co_await settle();
        CHECK(typing.aborted());
        CHECK(typing.result().context().find("its terminal was closed") != std::string::npos);
        CHECK(got == "TERM over");
        beside limited = co_await beside::start_here(p.client.run("x", run_options().deadline(1h)));
        limited.cancel(stop_terminal);
        co_await settle();
        CHECK(limited.aborted());
        CHECK(limited.result().context().find("SIGTERM") != std::string::npos);
    });
}

TEST_CASE("run() asks for the terminal of its options")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string type;
        serve(p.server, [&type](server_session s, session_request q) -> awaitable<void> {
            type = q.pty ? q.pty->type : "none";
            co_await s.exit(0);
        });
        run_result r = co_await p.client.run("x", run_options().pty(terminal("vt52")));
        CHECK(r.ok());
        CHECK(type == "vt52");
        r = co_await p.client.run("x");
        CHECK(type == "none");
    });
}

TEST_CASE("terminate() sends TERM, then KILL, and closes")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string got;
        serve(p.server, mortal(got, "TERM KILL"));
        process proc = co_await p.client.start("x");
        exit_info how = co_await proc.terminate(1h);
        CHECK(how.signal == "TERM");
        co_await settle();
        CHECK(got == "TERM over");

        pair q = co_await connected();
        got.clear();
        serve(q.server, mortal(got, "KILL"));
        proc = co_await q.client.start("x");
        how = co_await proc.terminate(20ms);
        CHECK(how.signal == "KILL");
        co_await settle();
        CHECK(got == "TERM KILL over");

        pair r = co_await connected();
        got.clear();
        serve(r.server, mortal(got, "nothing"));
        proc = co_await r.client.start("x");
        how = co_await proc.terminate(20ms);
        CHECK(how.describe() == "ended without saying how");
        co_await settle();
        CHECK(got == "TERM KILL over");
        CHECK(r.client.stats().channels == 0);
    });
}

TEST_CASE("terminate() lets the output be read, and drops it before KILL")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup(), client_setup().limits(window_of(1000)));
        serve(p.server, [](server_session s, session_request) -> awaitable<void> {
            const std::optional<session_event> first = co_await s.next_event();
            CHECK(first->signal == "TERM");
            co_await s.write(pattern(50'000)); // much more than the window
            co_await s.exit(9);
        });
        process read = co_await p.client.start("x");
        auto both_ends = both(read.terminate(1h), read.out().read_all());
        const auto ended = co_await std::move(both_ends);
        CHECK(ended.first.status == 9u);
        CHECK(ended.second == pattern(50'000));
        process unread = co_await p.client.start("x");
        const exit_info how = co_await unread.terminate(50ms);
        CHECK(how.status == 9u);
    });
}

TEST_CASE("a cancelled terminate() kills; on a lost connection it fails as wait() does")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string got;
        serve(p.server, mortal(got, "nothing"));
        process proc = co_await p.client.start("x");
        beside ending = co_await beside::start_here(proc.terminate(1h));
        ending.cancel(stop_terminal);
        co_await settle();
        CHECK(ending.aborted());
        CHECK(got == "TERM KILL over");
        process other = co_await p.client.start("x");
        beside waiting = co_await beside::start_here(other.wait_exit());
        beside losing = co_await beside::start_here(other.terminate(1h));
        p.server.disconnect(disconnect_reason::service_not_available, "going down");
        co_await settle();
        CHECK(waiting.result().code() == errc::disconnected);
        CHECK(losing.result().code() == errc::disconnected);
        process none;
        const failure f = co_await failure_of(none.terminate());
        CHECK(f.code() == errc::closed);
        const failure g = co_await failure_of(none.wait_exit());
        CHECK(g.code() == errc::closed);
        none.close();
    });
}

TEST_CASE("close() ends the process's channel")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        std::string got;
        serve(p.server, mortal(got, "nothing"));
        process proc = co_await p.client.start("x");
        proc.close();
        const exit_info how = co_await proc.wait();
        CHECK(how.describe() == "ended without saying how");
        co_await settle();
        CHECK(got == "over");
    });
}
