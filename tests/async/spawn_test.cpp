// spawn(), run() and within(): where coroutines run, what becomes of their exceptions, and deadlines.
#include "ends.hpp"

#include "sshoal/deadline.hpp"

#include <algorithm>

using namespace rig;
using namespace std::chrono_literals;

namespace {

awaitable<void> throw_bug(bool soon = true)
{
    if (soon)
        throw std::logic_error("a bug");
    co_return;
}

awaitable<void> throw_trouble(error_code ec)
{
    if (ec)
        throw error(failure(ec, "gone"));
    co_return;
}

awaitable<void> write_for_ever(server_session s)
{
    const std::string text(1000, 'x');
    for (;;)
        co_await s.write(text);
}

awaitable<void> serve_writers(server_connection c)
{
    for (;;) {
        std::optional<session_request> q = co_await c.next_session();
        if (!q)
            break;
        server_session s = q->accept();
        spawn(s, write_for_ever(s));
    }
}

awaitable<int> seven_after(std::chrono::milliseconds t)
{
    co_await pause_for(t);
    co_return 7;
}

} // namespace

TEST_CASE("a client that vanishes while a program writes to it ends that program, and not the server")
{
    run_test([]() -> awaitable<void> {
        std::vector<std::string> lines;
        pair p = co_await connected(server_setup().log([&](log_level l, std::string_view text) {
            if (l <= log_level::debug)
                lines.emplace_back(text);
        }, log_level::debug));
        spawn(p.server, serve_writers(p.server));
        process proc = co_await p.client.start("x");
        proc = process();
        p.client.close();
        p.client = connection();
        auto ending = p.server.wait_closed();
        co_await std::move(ending);
        co_await settle();
        CHECK(std::any_of(lines.begin(), lines.end(),
                          [](const std::string& s) { return s.find("a coroutine ended: ") != s.npos; }));
    }); // run_test() fails on an exception out of io_context::run()
}

TEST_CASE("what leaves a coroutine spawned at a connection: trouble is logged at debug, a bug at error")
{
    run_test([]() -> awaitable<void> {
        std::vector<std::pair<log_level, std::string>> lines;
        pair p = co_await connected(server_setup(), client_setup().log([&](log_level l, std::string_view text) {
            lines.emplace_back(l, text);
        }, log_level::debug));
        ends e;
        auto count = [&](log_level l, std::string_view what) {
            return std::count_if(lines.begin(), lines.end(),
                                 [&](const auto& x) { return x.first == l && x.second.find(what) != x.second.npos; });
        };
        spawn(p.client, throw_trouble(errc::channel_closed));
        spawn(p.client, throw_trouble(errc::connection_lost)); // of another connection: this one is open
        spawn(p.client, throw_trouble(error_code(asio::error::connection_refused)));
        spawn(p.client, throw_bug());
        co_await settle();
        CHECK(count(log_level::debug, "gone") == 1);
        CHECK(count(log_level::warning, "gone") == 2);
        CHECK(count(log_level::error, "a bug") == 1);
        CHECK(p.client.is_open());
        bool told = false;
        spawn(p.client, throw_bug(), [&](std::exception_ptr x) { told = x != nullptr; });
        co_await settle();
        CHECK(told);
        CHECK(count(log_level::error, "a bug") == 1);
        const connection client = p.client;
        p.client.close();
        spawn(client, throw_trouble(errc::connection_lost));
        co_await settle();
        CHECK(count(log_level::debug, "gone") == 2);
        CHECK(count(log_level::warning, "gone") == 2);
    });
}

TEST_CASE("a bug is not silent where there is no log")
{
    asio::io_context ctx(1);
    std::unique_ptr<byte_stream> one, other;
    std::tie(one, other) = make_memory_streams(ctx.get_executor(), ctx.get_executor());
    bool connected_once = false;
    auto serving = [](std::unique_ptr<byte_stream> s) -> awaitable<void> {
        server_connection c = co_await accept(std::move(s), server_setup());
        auto waiting = c.wait_closed();
        co_await std::move(waiting);
    };
    auto failing = [&](std::unique_ptr<byte_stream> s) -> awaitable<void> {
        connection c = co_await connect(std::move(s), "memory", client_setup());
        connected_once = true;
        spawn(c, throw_bug());
        auto waiting = c.wait_closed();
        co_await std::move(waiting);
    };
    spawn(ctx, serving(std::move(one)));
    spawn(ctx, failing(std::move(other)));
    CHECK_THROWS_AS(ctx.run(), std::logic_error);
    CHECK(connected_once);
}

TEST_CASE("spawn() tells the end of a coroutine to whoever asks")
{
    asio::io_context ctx(1);
    int ended = 0, thrown = 0;
    for (const bool bad : {false, true})
        spawn(ctx, throw_trouble(bad ? error_code(errc::connection_lost) : error_code()),
              [&](std::exception_ptr e) { ++(e ? thrown : ended); });
    ctx.run();
    CHECK(ended == 1);
    CHECK(thrown == 1);
    CHECK_THROWS_AS(spawn(executor(), throw_trouble(errc::connection_lost)), error);
    spawn(ctx, throw_trouble(errc::connection_lost));
    ctx.restart();
    CHECK_THROWS_AS(ctx.run(), error);
}

TEST_CASE("run() returns what its coroutine returns")
{
    CHECK(sshoal::run([]() { return seven_after(1ms); }) == 7);
    CHECK(sshoal::run([](executor ex) -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(ex ? 1 : 0); })
          != nullptr);
    CHECK_THROWS_AS(sshoal::run([]() { return throw_bug(); }), std::logic_error);
}

TEST_CASE("within() ends an operation in time, and never loses its result")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        std::string b(10, ' ');
        const int seven = co_await within(10s, seven_after(1ms));
        CHECK(seven == 7);
        const failure late = co_await failure_of(within(20ms, e.client.read_some(std::span(b))));
        CHECK(late.code() == errc::timed_out);
        co_await e.server.write("abc");
        const std::size_t n = co_await within(10s, e.client.read_some(std::span(b)));
        CHECK(b.substr(0, n) == "abc");
        const failure own = co_await failure_of(within(10s, throw_trouble(errc::connection_lost)));
        CHECK(own.code() == errc::connection_lost);
        const failure at_once = co_await failure_of(within(0ns, e.client.wait_closed()));
        CHECK(at_once.code() == errc::timed_out);

        const executor here = co_await asio::this_coro::executor;
        beside stopped = beside::start(here, within(10s, e.client.read_some(std::span(b))));
        co_await settle();
        CHECK(!stopped.done());
        stopped.cancel(stop_terminal);
        co_await settle();
        CHECK(stopped.aborted());
    });
}
