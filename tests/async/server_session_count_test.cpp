// How many sessions a connection may have, and what is left of them when the client goes.
#include "rig.hpp"

using namespace rig;

TEST_CASE("sessions are counted: at the limit one more is refused, and an ended one makes room")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup().max_sessions(2));
        serve(p.server, wait_for_end);
        process a = co_await p.client.start("a");
        process b = co_await p.client.start("b");
        const failure f = co_await failure_of(p.client.start("c"));
        CHECK(f.code() == errc::channel_open_refused);
        a.io().close();
        co_await a.wait();
        process c = co_await p.client.start("c");
        CHECK(bool(c));
        const failure again = co_await failure_of(p.client.open_channel("session"));
        CHECK(again.code() == errc::channel_open_refused);
    });
}

TEST_CASE("a client may announce that it opens no more sessions")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, echo);
        process a = co_await p.client.start("a");
        co_await p.client.notify("no-more-sessions@openssh.com");
        const failure f = co_await failure_of(p.client.start("b"));
        CHECK(f.code() == errc::channel_open_refused);
        co_await a.in().send_eof();
        const exit_info e = co_await a.wait();
        CHECK(e.ok());
    });
}

TEST_CASE("a client that leaves is no error for the program's end")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel c = co_await p.client.open_channel("session");
        co_await c.notify("shell");
        std::optional<session_request> q = co_await p.server.next_session();
        server_session s = q->accept();
        p.client.close();
        co_await p.server.wait_closed();
        co_await s.exit(0);
        const failure f = co_await failure_of(s.write("x"));
        CHECK(f.code() == errc::disconnected);
        const std::optional<session_event> e = co_await s.next_event();
        CHECK(!e);
    });
}
