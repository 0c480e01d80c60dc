// Sessions over connections that are shared.
#include "kept_scene.hpp"

#include "sshoal/connection_pool.hpp"
#include "sshoal/task.hpp"

using namespace rig;
using namespace std::chrono_literals;

namespace {

/// A server whose programs echo their input.
struct pooled_site : site {
    connection_pool::connect_function connects_to()
    {
        return [this](pool_target) { return connect_and_serve(); };
    }
    awaitable<connection> connect_and_serve()
    {
        auto connecting = connect();
        connection c = co_await std::move(connecting);
        serve(links.back().link.server, echo);
        co_return c;
    }
    std::size_t alive() const
    {
        std::size_t n = 0;
        for (const forwarding_pair& p : links)
            n += p.link.server.is_open() ? 1 : 0;
        return n;
    }
    pool_options options() const { return pool_options().reconnect(site::options().attempts(3)); }
};

awaitable<connection_pool> make_pool(pooled_site& s, pool_options how)
{
    const executor here = co_await asio::this_coro::executor;
    co_return connection_pool(here, s.connects_to(), std::move(how));
}

pool_target host(const char* text) { return parse_target(text).value(); }

awaitable<void> echoes(connection_pool pool, pool_target to, std::string text)
{
    auto running = pool.exec(std::move(to), "cat", run_options().input(text));
    const run_result r = co_await std::move(running);
    CHECK(r.out == text);
}

using program_in_pool = pooled<process>;

} // namespace

TEST_CASE("pool: sessions share connections, one for each target, and places come back")
{
    run_test([]() -> awaitable<void> {
        pooled_site s;
        connection_pool pool = co_await make_pool(s, s.options().max_sessions(3));
        for (int i = 0; i < 5; ++i)
            co_await echoes(pool, host("alice@db"), "text " + std::to_string(i));
        CHECK(s.attempts == 1);
        co_await echoes(pool, host("bob@db"), "x");
        co_await echoes(pool, host("alice@db:2222"), "x");
        pool_target behind = host("alice@db");
        behind.jump(parse_target("gate").value());
        CHECK(behind.to_string() == "alice@db via gate");
        co_await echoes(pool, behind, "x");
        CHECK(s.attempts == 4);
        CHECK(pool.count().connections == 4);
        CHECK(pool.count().sessions == 0);
        {
            auto starting = pool.session(host("alice@db"), "cat");
            program_in_pool one = co_await std::move(starting);
            auto again = pool.session(host("alice@db"), "cat");
            program_in_pool two = co_await std::move(again);
            CHECK(pool.count().sessions == 2);
            CHECK(one.place().on().number() == two.place().on().number());
        }
        co_await come_true([&] { return pool.count().sessions == 0; });
        CHECK(s.attempts == 4);
    });
}

TEST_CASE("pool: the most sessions, connections and waiters, and their order")
{
    run_test([]() -> awaitable<void> {
        pooled_site s;
        s.server.max_sessions(100);
        connection_pool pool = co_await make_pool(s, s.options().max_sessions(2).max_connections(2).max_waiting(3));
        const executor here = co_await asio::this_coro::executor;
        std::vector<program_in_pool> held;
        for (std::size_t i = 0; i < 4; ++i) {
            auto starting = pool.session(host("db"), "cat");
            held.push_back(co_await std::move(starting));
            CHECK(s.links.size() == i / 2 + 1);
        }
        std::vector<int> order;
        const auto waits = [&](int n) -> awaitable<void> {
            auto starting = pool.session(host("db"), "cat");
            program_in_pool p = co_await std::move(starting);
            order.push_back(n);
            co_await pause_for(1ms);
        };
        std::vector<beside> waiting;
        for (int i = 0; i < 3; ++i) {
            waiting.push_back(beside::start(here, waits(i)));
            co_await settle();
        }
        CHECK(pool.count().waiting == 3);
        auto refused = failure_of(pool.session(host("db"), "cat"));
        const failure why = co_await std::move(refused);
        CHECK(why.code() == errc::too_many_pending);
        waiting[1].cancel(stop_total);
        co_await settle();
        CHECK(waiting[1].aborted());
        CHECK(pool.count().waiting == 2);
        waiting.push_back(beside::start(here, waits(3)));
        co_await settle();
        CHECK(order.empty());
        held.clear();
        co_await come_true([&] { return order.size() == 3; });
        CHECK(order == std::vector<int>{0, 2, 3});
        CHECK(s.links.size() == 2);
        co_await come_true([&] { return pool.count().sessions == 0; });
    });
}

TEST_CASE("pool: the number of sessions that a server allows is learnt from a refusal")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t allowed : {1u, 2u}) {
            pooled_site s;
            s.server.max_sessions(allowed);
            connection_pool pool = co_await make_pool(s, s.options());
            std::vector<program_in_pool> held;
            for (std::size_t i = 0; i < 4; ++i) {
                auto starting = pool.session(host("db"), "cat");
                held.push_back(co_await std::move(starting));
            }
            CHECK(s.links.size() == (4 + allowed - 1) / allowed);
            CHECK(pool.count().sessions == 4);
            held.clear();
            const executor here = co_await asio::this_coro::executor;
            task_group many(here);
            for (int i = 0; i < 20; ++i)
                many.start(echoes(pool, host("db"), "text " + std::to_string(i)));
            co_await many.join();
            CHECK(s.links.size() <= 8);
        }
        pooled_site none; // a server that allows no session at all says so to its user
        none.server.max_sessions(0);
        connection_pool pool = co_await make_pool(none, none.options());
        auto starting = failure_of(pool.session(host("db"), "cat"));
        const failure why = co_await std::move(starting);
        CHECK(why.code() == errc::channel_open_refused);
    });
}

TEST_CASE("pool: an idle connection is closed after its time, and made anew when it is needed")
{
    run_test([]() -> awaitable<void> {
        pooled_site s;
        connection_pool pool = co_await make_pool(s, s.options().idle_after(10s));
        co_await echoes(pool, host("db"), "x");
        co_await come_true([&] { return s.time->sleeping() == 1; });
        s.time->move(10s - 1ns);
        co_await settle();
        CHECK(pool.count().connections == 1);
        co_await echoes(pool, host("db"), "x"); // its time begins anew
        co_await settle();
        s.time->move(1ns);
        co_await settle();
        CHECK(pool.count().connections == 1);
        auto starting = pool.session(host("db"), "cat");
        std::optional<program_in_pool> held(co_await std::move(starting));
        s.time->move(1h);
        co_await settle();
        CHECK(s.alive() == 1);
        held.reset();
        co_await come_true([&] { return s.time->sleeping() == 1; });
        s.time->move(10s);
        co_await come_true([&] { return s.alive() == 0; });
        CHECK(pool.count().connections == 0);
        co_await echoes(pool, host("db"), "x");
        CHECK(s.attempts == 2);
    });
}

TEST_CASE("pool: a lost connection is made anew for those who wait, and not for nobody")
{
    run_test([]() -> awaitable<void> {
        pooled_site s;
        connection_pool pool = co_await make_pool(s, s.options().max_sessions(1).max_connections(1));
        auto starting = pool.session(host("db"), "cat");
        program_in_pool held = co_await std::move(starting);
        s.lose();
        co_await come_true([&] { return pool.count().connections == 0; });
        co_await settle();
        CHECK(s.attempts == 1);
        CHECK(pool.count().connecting == 0);

        s.fail(2);
        beside waits = co_await beside::start_here(echoes(pool, host("db"), "x"));
        for (int i = 0; i < 2; ++i) {
            co_await come_true([&] { return s.time->sleeping() == 1; });
            s.time->move(1h);
            co_await settle();
        }
        co_await come_true([&] { return waits.done(); });
        CHECK_FALSE(waits.result());
        CHECK(s.attempts == 4);
    });
}

TEST_CASE("pool: all who wait learn why there is no connection, and a later call tries again")
{
    run_test([]() -> awaitable<void> {
        pooled_site s;
        s.fail(1);
        s.fail(1, failure(errc::authentication_failed, "no key fits"));
        connection_pool pool = co_await make_pool(s, s.options().max_connections(1));
        const executor here = co_await asio::this_coro::executor;
        std::vector<beside> waiting;
        for (int i = 0; i < 3; ++i)
            waiting.push_back(beside::start(here, echoes(pool, host("db"), "x")));
        co_await come_true([&] { return s.time->sleeping() == 1 && pool.count().waiting == 3; });
        s.time->move(1s);
        co_await come_true([&] { return waiting[2].done(); });
        for (const beside& w : waiting)
            CHECK(w.result().context() == "no key fits");
        co_await echoes(pool, host("db"), "x");
        CHECK(s.attempts == 3);
    });
}

TEST_CASE("pool: stop() fails those who wait, and closes connections in use")
{
    run_test([]() -> awaitable<void> {
        pooled_site s;
        connection_pool pool = co_await make_pool(s, s.options().max_sessions(1).max_connections(1));
        auto starting = pool.session(host("db"), "cat");
        program_in_pool held = co_await std::move(starting);
        beside waits = co_await beside::start_here(echoes(pool, host("db"), "x"));
        CHECK(pool.count().waiting == 1);
        pool.stop();
        co_await come_true([&] { return waits.done() && s.alive() == 0; });
        CHECK(waits.result().code() == errc::closed);
        auto later = failure_of(pool.exec(host("db"), "cat"));
        const failure why = co_await std::move(later);
        CHECK(why.code() == errc::closed);
    });
}

TEST_CASE("pool: options at their limits")
{
    pooled_site s;
    asio::io_context ctx;
    const auto refused = [&](pool_options o) {
        try {
            const connection_pool pool(ctx.get_executor(), s.connects_to(), std::move(o));
            return false;
        } catch (const error& e) {
            return e.code() == errc::invalid_argument;
        }
    };
    CHECK_FALSE(refused(pool_options().max_connections(1).max_sessions(1).max_waiting(0).idle_after(0ns)));
    CHECK(refused(pool_options().max_connections(0)));
    CHECK(refused(pool_options().max_sessions(0)));
    CHECK(refused(pool_options().idle_after(-1ns)));
    CHECK(refused(pool_options().reconnect(reconnect_options().jitter(2))));
}
