// The listener over real sockets: log-ins beside each other, hostile and slow clients, its limits and its end.
#include "listener_scene.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace rig;

TEST_CASE("clients log in over TCP and are served")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup());
        CHECK(l.port() != 0);
        CHECK(l.local() == endpoint("127.0.0.1", l.port()));
        spawn(ex, serve_listener(l, echo));
        for (int i = 0; i < 3; ++i) {
            connection c = co_await dial(l);
            const run_result r = co_await c.run("cat", run_options().input("hello"));
            CHECK(r.out == "hello");
            CHECK(c.info().remote == l.local());
        }
        l.close();
        co_await pause_for(std::chrono::milliseconds(20));
    });
}

TEST_CASE("two threads serve eight clients at once")
{
    run_test(
        []() -> awaitable<void> {
            const executor ex = co_await asio::this_coro::executor;
            listener l(ex, anywhere, server_setup());
            spawn(ex, serve_listener(l, echo));
            auto one = [&]() -> awaitable<void> {
                connection c = co_await dial(l);
                const run_result r = co_await c.run("cat", run_options().input(std::string(100'000, 'x')));
                CHECK(r.out.size() == 100'000);
            };
            auto four = [&] { return both(both(one(), one()), both(one(), one())); };
            auto eight = both(four(), four());
            co_await std::move(eight);
            l.close();
            co_await pause_for(std::chrono::milliseconds(20));
        },
        2);
}

TEST_CASE("log-ins that fail never reach accept()")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup());
        auto clients = [&]() -> awaitable<void> {
            const failure wrong = co_await failure_of(dial(l, keyless_setup().key(other_key())));
            CHECK(wrong.code() == errc::authentication_failed);
            tcp::socket gone = co_await silent(l);
            gone.close();
            connection c = co_await dial(l);
            co_await c.wait_closed();
        };
        auto first_client = [&]() -> awaitable<void> {
            server_connection c = co_await l.accept();
            CHECK(c.user() == "tester");
            c.close();
        };
        auto meeting = both(first_client(), clients());
        co_await std::move(meeting);
    });
}

TEST_CASE("silent clients hold up nobody, and only so many of them are kept")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup().max_startups(3, 100, 3));
        spawn(ex, serve_listener(l, echo));
        std::vector<tcp::socket> silent_ones;
        for (int i = 0; i < 2; ++i) {
            tcp::socket s = co_await silent(l);
            silent_ones.push_back(std::move(s));
        }
        connection c = co_await dial(l); // the third
        co_await pause_for(std::chrono::milliseconds(20));
        tcp::socket third = co_await silent(l); // logged in ones do not count
        co_await pause_for(std::chrono::milliseconds(20));
        tcp::socket fourth = co_await silent(l);
        bool dropped = co_await is_dropped(fourth);
        CHECK(dropped);
        dropped = co_await is_dropped(third);
        CHECK(!dropped);
        third.close();
        co_await pause_for(std::chrono::milliseconds(50));
        connection again = co_await dial(l);
        CHECK(again.is_open());
        l.close();
        dropped = co_await is_dropped(silent_ones[0]);
        CHECK(dropped);
        const run_result r = co_await c.run("cat", run_options().input("still served"));
        CHECK(r.out == "still served");
    });
}

TEST_CASE("a listener keeps so many connections, logged in or not, and no more")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup().max_connections(3));
        spawn(ex, serve_listener(l, echo));
        connection one = co_await dial(l);
        connection two = co_await dial(l);
        CHECK(l.connections() == 2); // the limit less one
        connection three = co_await dial(l);
        CHECK(l.connections() == 3);
        tcp::socket fourth = co_await silent(l);
        const bool dropped = co_await is_dropped(fourth);
        CHECK(dropped);
        CHECK(l.connections() == 3);
        two.close();
        for (int i = 0; i < 1000 && l.connections() == 3; ++i)
            co_await pause_for(std::chrono::milliseconds(2));
        tcp::socket instead = co_await silent(l); // one that is not logged in has a place too
        tcp::socket fifth = co_await silent(l);
        const bool dropped_too = co_await is_dropped(fifth);
        CHECK(dropped_too);
        CHECK(l.connections() == 3);
        l.close();
    });
}

TEST_CASE("shutdown() waits for connections to end, and ends those that do not")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        for (const bool in_time : {true, false}) {
            listener l(ex, anywhere, server_setup());
            spawn(ex, serve_listener(l, echo));
            connection c = co_await dial(l);
            tcp::socket idle = co_await silent(l);
            beside ending = beside::start(ex, l.shutdown(in_time ? std::chrono::minutes(10) : std::chrono::milliseconds(50)));
            bool gone = co_await is_dropped(idle);
            CHECK(gone);
            const failure f = co_await failure_of(l.accept());
            CHECK(f.code() == errc::closed);
            if (in_time) {
                co_await settle();
                CHECK(!ending.done());
                const run_result r = co_await c.run("cat", run_options().input("still served"));
                CHECK(r.out == "still served");
                c.close();
            } else {
                const failure why = co_await c.wait_closed();
                CHECK(why.code() == errc::disconnected);
                CHECK(why.context().find("shutting down") != std::string::npos);
            }
            for (int i = 0; i < 1000 && !ending.done(); ++i)
                co_await pause_for(std::chrono::milliseconds(2));
            CHECK(ending.done());
            CHECK(!ending.result());
            CHECK(l.connections() == 0);
        }
        // Cancelled, it leaves what is open alone.
        listener l(ex, anywhere, server_setup());
        spawn(ex, serve_listener(l, echo));
        connection c = co_await dial(l);
        beside ending = beside::start(ex, l.shutdown(std::chrono::minutes(10)));
        co_await settle();
        ending.cancel(stop_total);
        co_await settle();
        CHECK(ending.aborted());
        const run_result r = co_await c.run("cat", run_options().input("still served"));
        CHECK(r.out == "still served");
    });
}

TEST_CASE("close() and the last handle wake those who wait in accept()")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup());
        auto closing = [&]() -> awaitable<void> {
            co_await pause_for(std::chrono::milliseconds(5));
            l.close();
        };
        auto second = both(failure_of(l.accept()), closing());
        auto waits = both(failure_of(l.accept()), std::move(second));
        const auto [a, b] = co_await std::move(waits);
        CHECK(a.code() == errc::closed);
        CHECK(b.code() == errc::closed);
        const failure f = co_await failure_of(l.accept());
        CHECK(f.code() == errc::closed);

        auto other = std::make_unique<listener>(ex, anywhere, server_setup());
        auto dropping = [&]() -> awaitable<void> {
            co_await pause_for(std::chrono::milliseconds(5));
            other.reset();
        };
        auto waiting = both(failure_of(other->accept()), dropping());
        const failure g = co_await std::move(waiting);
        CHECK(g.code() == errc::closed);
    });
}

TEST_CASE("a cancelled accept() loses no client")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup());
        auto race = ends_within(std::chrono::milliseconds(5), l.accept());
        const bool in_time = co_await std::move(race);
        CHECK(!in_time);
        connection c = co_await dial(l);
        server_connection s = co_await l.accept();
        CHECK(s.user() == "tester");
    });
}

TEST_CASE("a lack of descriptors is waited out")
{
    std::vector<int> held;
    ::rlimit before = {};
    ::getrlimit(RLIMIT_NOFILE, &before);
    run_test([&]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        auto warnings = std::make_shared<unsigned>(0); // connections outlive this coroutine and go on logging
        listener l(ex, anywhere, server_setup().log([warnings](log_level level, std::string_view) {
            *warnings += level == log_level::warning;
        }));
        spawn(ex, serve_listener(l, echo));
        connection first = co_await dial(l);
        tcp::socket waits(ex);
        waits.open(tcp::v4());
        ::rlimit few = before;
        few.rlim_cur = 256;
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
            held.push_back(fd);
        const tcp::endpoint where(asio::ip::make_address("127.0.0.1"), l.port());
        co_await waits.async_connect(where, asio::use_awaitable);
        co_await pause_for(std::chrono::milliseconds(250));
        const auto warned = *warnings; // looked at once there are descriptors again: UBSan's own checks need some
        const run_result r = co_await first.run("cat", run_options().input("still served"));
        CHECK(r.out == "still served");
        for (const int fd : held)
            ::close(fd);
        held.clear();
        ::setrlimit(RLIMIT_NOFILE, &before);
        CHECK(warned >= 1);
        CHECK(warned <= 3); // not a busy loop
        connection second = co_await dial(l);
        CHECK(second.is_open());
        l.close();
        co_await pause_for(std::chrono::milliseconds(20));
    });
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("the io_context may go while everything waits")
{
    asio::io_context ctx(1);
    auto everything = [&ctx](executor ex) -> awaitable<void> {
        listener l(ex, anywhere, server_setup());
        spawn(ex, serve_listener(l, wait_for_end));
        connection c = co_await dial(l);
        process p = co_await c.start_shell();
        tcp::socket s = co_await silent(l);
        ctx.stop();
        co_await p.wait();
    };
    const executor strand = asio::make_strand(ctx);
    asio::co_spawn(strand, everything(strand), asio::detached);
    ctx.run();
}
