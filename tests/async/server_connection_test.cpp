// Server connections through the public interface: who drops what when, waiting operations, channels and requests of other kinds,
// new keys.
#include "rig.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace rig;

TEST_CASE("the end of the connection wakes those who wait for sessions")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        auto leaving = [](connection c) -> awaitable<void> {
            co_await pause_for(std::chrono::milliseconds(10));
            c.close();
        };
        auto waiting = both(p.server.next_session(), leaving(p.client));
        const std::optional<session_request> q = co_await std::move(waiting);
        CHECK(!q);
        const failure why = co_await p.server.wait_closed();
        CHECK(why.code() == errc::disconnected);
    });
}

TEST_CASE("a cancelled wait for a session loses none")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        auto race = ends_within(std::chrono::milliseconds(5), p.server.next_session());
        const bool in_time = co_await std::move(race);
        CHECK(!in_time);
        channel c = co_await p.client.open_channel("session");
        co_await c.notify("shell");
        std::optional<session_request> q = co_await p.server.next_session();
        REQUIRE(q);
        CHECK(q->what == session_request::kind::shell);
    });
}

TEST_CASE("dropping the server's handles ends the connection, even with sessions that nobody took")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel idle = co_await p.client.open_channel("session");
        channel asked = co_await p.client.open_channel("session");
        co_await asked.notify("shell");
        (void)co_await p.client.ping();
        p.server = server_connection();
        const failure why = co_await p.client.wait_closed();
        CHECK(why.code() == errc::disconnected);
    });
}

TEST_CASE("a session keeps the connection of its server")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel c = co_await p.client.open_channel("session");
        co_await c.notify("shell");
        std::optional<session_request> q = co_await p.server.next_session();
        server_session s = q->accept();
        q.reset();
        p.server = server_connection();
        co_await s.write("still here");
        std::vector<std::byte> buffer(10);
        const std::size_t n = co_await c.read(buffer);
        CHECK(n == 10);
        s = server_session();
        const failure why = co_await p.client.wait_closed();
        CHECK(why.code() == errc::disconnected);
    });
}

TEST_CASE("dropping the client's handles ends the connection and its sessions")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, wait_for_end);
        process shell = co_await p.client.start_shell();
        p.client = connection();
        CHECK(p.server.is_open());
        shell = process();
        const failure why = co_await p.server.wait_closed();
        CHECK(why.code() == errc::disconnected);
    });
}

TEST_CASE("a stream that breaks during log-in is what accept() reports")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        auto streams = make_memory_streams(here, here);
        streams.second.reset();
        const failure f = co_await failure_of(accept(std::move(streams.first), server_setup()));
        CHECK(f.code() == errc::connection_lost);
    });
}

TEST_CASE("a cancelled accept() closes its stream")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        auto streams = make_memory_streams(here, here);
        auto race = ends_within(std::chrono::milliseconds(10), accept(std::move(streams.first), server_setup()));
        const bool in_time = co_await std::move(race);
        CHECK(!in_time);
        std::vector<std::byte> buffer(4096);
        error_code ec;
        for (;;) {
            if (streams.second->try_read(buffer, ec) > 0)
                continue;
            if (ec != asio::error::would_block)
                break;
            ec = co_await streams.second->wait_readable();
        }
        CHECK(ec == asio::error::eof);
    });
}

TEST_CASE("a client that says nothing is dropped at the deadline of the log-in")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        auto streams = make_memory_streams(here, here);
        limits l;
        l.login_timeout = std::chrono::milliseconds(20);
        const failure f = co_await failure_of(accept(std::move(streams.first), server_setup().limits(l)));
        CHECK(f.code() == errc::timed_out);
    });
}

namespace {

awaitable<void> echo_channels(connection c, std::string type)
{
    channel_acceptor from = c.listen_channels(type);
    for (;;) {
        incoming_channel in = co_await from.accept();
        if (text_of(in.body) == "no") {
            in.refuse(open_failure::connect_failed, "as you wish\x1b[31m");
            continue;
        }
        channel ch = in.accept();
        const std::string all = co_await read_all(ch);
        co_await ch.write(all);
        co_await ch.send_eof();
    }
}

awaitable<void> quietly(awaitable<void> work) { (void)co_await failure_of(std::move(work)); }

awaitable<void> answer_requests(connection c, std::string name)
{
    request_acceptor from = c.listen_requests(name);
    for (;;) {
        incoming_request r = co_await from.accept();
        const bool granted = text_of(r.body) != "no";
        r.answer(granted, bytes_of("heard " + text_of(r.body)));
    }
}

awaitable<void> try_channels(connection c, std::string type)
{
    channel ch = co_await c.open_channel(type);
    co_await ch.write("there and back");
    co_await ch.send_eof();
    const std::string back = co_await read_all(ch);
    CHECK(back == "there and back");
    const failure refused = co_await failure_of(c.open_channel(type, bytes_of("no")));
    CHECK(refused.code() == errc::channel_open_refused);
    CHECK(refused.context().ends_with(R"(: as you wish\x1b[31m)"));
    const failure unknown = co_await failure_of(c.open_channel("unheard@example.org"));
    CHECK(unknown.code() == errc::channel_open_refused);
}

awaitable<void> try_requests(connection c, std::string name)
{
    std::optional<std::vector<std::byte>> reply = co_await c.request(name, bytes_of("this"));
    REQUIRE(reply);
    CHECK(text_of(*reply) == "heard this");
    reply = co_await c.request(name, bytes_of("no"));
    CHECK(!reply);
    reply = co_await c.request("unheard@example.org");
    CHECK(!reply);
}

} // namespace

TEST_CASE("channels of the program's own types go both ways")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        spawn(p.server, quietly(echo_channels(p.server, "echo@example.org")));
        spawn(p.client, quietly(echo_channels(p.client, "back@example.org")));
        co_await pause_for(std::chrono::milliseconds(5));
        co_await try_channels(p.client, "echo@example.org");
        co_await try_channels(p.server, "back@example.org");
        const failure f = co_await failure_of(p.server.open_channel("session"));
        CHECK(f.code() == errc::channel_open_refused); // clients serve no sessions
        p.client.close();
        co_await p.server.wait_closed();
    });
}

TEST_CASE("global requests of the program's own names go both ways")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        spawn(p.server, quietly(answer_requests(p.server, "do@example.org")));
        spawn(p.client, quietly(answer_requests(p.client, "done@example.org")));
        co_await pause_for(std::chrono::milliseconds(5));
        co_await try_requests(p.client, "do@example.org");
        co_await try_requests(p.server, "done@example.org");
        p.client.close();
        co_await p.server.wait_closed();
    });
}

TEST_CASE("keys are renewed from both ends while data streams")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, echo);
        process cat = co_await p.client.start("cat");
        std::string text;
        while (text.size() < 4'000'000)
            text += std::to_string(text.size()) + '\n';
        auto write_all = [&]() -> awaitable<void> {
            co_await cat.in().write(text);
            co_await cat.in().send_eof();
        };
        auto rekey_often = [&]() -> awaitable<void> {
            for (int i = 0; i < 5; ++i) {
                co_await p.client.rekey();
                co_await p.server.rekey();
            }
        };
        auto all = both(both(read_all(cat.io()), write_all()), rekey_often());
        const std::string back = co_await std::move(all);
        CHECK(back == text);
        CHECK(p.client.stats().key_exchanges >= 6);
        const exit_info e = co_await cat.wait();
        CHECK(e.ok());
    });
}

TEST_CASE("both ends measure the round trip")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        const auto there = co_await p.client.ping();
        const auto back = co_await p.server.ping();
        CHECK(there.count() > 0);
        CHECK(back.count() > 0);
    });
}

TEST_CASE("several threads serve many programs at once")
{
    run_test(
        []() -> awaitable<void> {
            pair p = co_await connected(server_setup().max_sessions(50));
            serve(p.server, echo);
            std::vector<process> running;
            for (int i = 0; i < 50; ++i) {
                process made = co_await p.client.start("cat");
                running.push_back(std::move(made));
            }
            for (std::size_t i = 0; i < running.size(); ++i) {
                co_await running[i].in().write("program " + std::to_string(i));
                co_await running[i].in().send_eof();
            }
            for (std::size_t i = running.size(); i-- > 0;) {
                const std::string out = co_await read_all(running[i].io());
                CHECK(out == "program " + std::to_string(i));
            }
        },
        2);
}
