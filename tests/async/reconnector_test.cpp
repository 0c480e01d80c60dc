// A connection that is kept: when it is made, when it is made anew, and when it is given up.
#include "kept_scene.hpp"

#include "sshoal/events.hpp"
#include "sshoal/reconnector.hpp"
#include "sshoal/result_of.hpp"
#include "sshoal/run_on.hpp"

using namespace rig;
using namespace std::chrono_literals;

namespace {

class noting final : public event_sink {
public:
    void on_event(const event_origin&, const event& e) override
    {
        if (const auto* u = e.as<events::link_up>())
            seen.push_back(std::string(u->name) + " up " + std::to_string(u->connections));
        if (const auto* d = e.as<events::link_down>())
            seen.push_back("down " + std::to_string(d->failures) + " " + std::to_string(d->delay / 1s) + " s");
        if (const auto* d = e.as<events::link_ended>())
            seen.push_back("ended: " + d->why->context());
    }
    std::vector<std::string> seen;
};

awaitable<reconnector> keep(site& s, reconnect_options how)
{
    const executor here = co_await asio::this_coro::executor;
    co_return reconnector(here, s.connects(), std::move(how));
}

awaitable<void> reaches(reconnector link, link_state state)
{
    return come_true([link, state] { return link.state() == state; });
}

std::vector<std::chrono::nanoseconds> seconds(std::initializer_list<int> list)
{
    std::vector<std::chrono::nanoseconds> all;
    for (const int n : list)
        all.push_back(std::chrono::seconds(n));
    return all;
}

} // namespace

TEST_CASE("reconnector: a connection that is lost is made anew after the first delay")
{
    run_test([]() -> awaitable<void> {
        site s;
        const auto notes = std::make_shared<noting>();
        reconnector link = co_await keep(s, s.options().name("gate").events(notes));
        connection first = co_await link.connected();
        CHECK(first.is_open());
        s.lose();
        co_await reaches(link, link_state::waiting);
        CHECK(link.health().why.code() == errc::disconnected);
        CHECK(link.health().failures == 0);
        CHECK(link.health().next_try - s.time->now() == 1s);
        s.time->move(1s - 1ns);
        co_await settle();
        CHECK(link.state() == link_state::waiting);
        s.time->move(1ns);
        connection second = co_await link.connected();
        CHECK(second.number() != first.number());
        CHECK(link.health().connections == 2);
        link.stop();
        const failure why = co_await link.wait_stopped();
        CHECK(why.code() == errc::closed);
        CHECK(notes->seen == names("gate up 1", "down 0 1 s", "gate up 2", "ended: stopped"));
    });
}

TEST_CASE("reconnector: delays grow with each failure up to the most, and jitter shortens them")
{
    run_test([]() -> awaitable<void> {
        site s;
        s.fail(6);
        reconnector link = co_await keep(s, s.options().first_delay(2s).factor(3).most_delay(30s));
        for (unsigned i = 1; i <= 6; ++i) {
            co_await come_true([&] { return s.time->sleeping() == 1 && link.health().failures == i; });
            if (i == 5) {
                link.stop();
                break;
            }
            s.time->move(1h);
        }
        CHECK(s.time->asked == seconds({2, 6, 18, 30, 30}));

        site unlucky;
        unlucky.fail(2);
        unlucky.time->luck = 0.5;
        reconnector other = co_await keep(unlucky, unlucky.options().jitter(0.5).first_delay(8s));
        co_await come_true([&] { return unlucky.time->sleeping() == 1; });
        CHECK(unlucky.time->asked == seconds({6}));
        other.stop();
        co_await settle();
    });
}

TEST_CASE("reconnector: a connection that has lasted long enough begins the delays anew")
{
    run_test([]() -> awaitable<void> {
        for (const auto& [lasts, delay] : {std::pair(10s - 1ns, 4s), std::pair(10s + 0ns, 1s), std::pair(10s + 1ns, 1s)}) {
            site s;
            s.fail(2);
            reconnector link = co_await keep(s, s.options().settled_after(10s));
            for (unsigned i = 1; i <= 2; ++i) {
                co_await come_true([&] { return s.time->sleeping() == 1 && link.health().failures == i; });
                s.time->move(1h);
            }
            co_await reaches(link, link_state::up);
            CHECK(link.health().failures == 0);
            s.time->move(lasts);
            s.lose();
            co_await reaches(link, link_state::waiting);
            CHECK(link.health().next_try - s.time->now() == delay);
            link.stop();
            co_await settle();
        }
    });
}

TEST_CASE("reconnector: a failure that another attempt cannot mend ends everything, and is what all learn")
{
    run_test([]() -> awaitable<void> {
        site s;
        s.fail(1);
        s.fail(1, failure(errc::authentication_failed, "no key fits"));
        reconnector link = co_await keep(s, s.options());
        beside waits = co_await beside::start_here(link.connected());
        s.time->move(1s);
        const failure why = co_await link.wait_stopped();
        CHECK(why.code() == errc::authentication_failed);
        co_await settle();
        CHECK(waits.result().code() == errc::authentication_failed);
        auto later = failure_of(link.connected());
        const failure again = co_await std::move(later);
        CHECK(again.context() == "no key fits");
        CHECK(s.attempts == 2);
        CHECK(link.state() == link_state::stopped);

        site other; // the program decides
        other.fail(1, failure(errc::authentication_failed));
        reconnector patient = co_await keep(other, other.options().retry_if([](const failure&) { return true; }));
        co_await come_true([&] { return other.time->sleeping() == 1; });
        other.time->move(1s);
        (void)co_await patient.connected();
    });
}

TEST_CASE("reconnector: attempts in a row are limited")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t failing : {2u, 3u, 4u}) {
            site s;
            s.fail(failing);
            reconnector link = co_await keep(s, s.options().attempts(3));
            while (link.state() != link_state::stopped && link.state() != link_state::up) {
                co_await settle();
                s.time->move(1h);
            }
            CHECK(link.state() == (failing < 3 ? link_state::up : link_state::stopped));
            CHECK(s.attempts == 3);
            if (failing >= 3)
                CHECK(link.health().why.code() == errc::connection_lost);
        }
    });
}

TEST_CASE("reconnector: an attempt can be made now, and the program may have its connection made anew")
{
    run_test([]() -> awaitable<void> {
        site s;
        s.fail(1);
        reconnector link = co_await keep(s, s.options());
        co_await come_true([&] { return s.time->sleeping() == 1; });
        link.try_now();
        connection c = co_await link.connected();
        link.try_now(); // does nothing now
        CHECK(s.attempts == 2);
        c.close();
        co_await reaches(link, link_state::waiting);
        link.try_now();
        (void)co_await link.connected();
        CHECK(s.attempts == 3);
    });
}

TEST_CASE("reconnector: changed() misses no change, and can be cancelled")
{
    run_test([]() -> awaitable<void> {
        site s;
        reconnector link = co_await keep(s, s.options());
        const link_health before = link.health();
        (void)co_await link.connected();
        const link_health now = co_await link.changed(before); // does not wait: the change has been
        CHECK(now.state == link_state::up);
        beside waits = co_await beside::start_here(link.changed(now));
        CHECK_FALSE(waits.done());
        waits.cancel(stop_total);
        co_await settle();
        CHECK(waits.aborted());
        CHECK(link.state() == link_state::up);
        beside again = co_await beside::start_here(link.changed(now));
        s.lose();
        co_await come_true([&] { return again.done(); });
        CHECK_FALSE(again.result());
    });
}

TEST_CASE("reconnector: stop() closes the connection, ends an attempt and a wait")
{
    run_test([]() -> awaitable<void> {
        site s;
        reconnector link = co_await keep(s, s.options());
        connection c = co_await link.connected();
        link.stop();
        const failure why = co_await c.wait_closed();
        CHECK(why.code() == errc::closed);
        auto later = failure_of(link.connected());
        const failure stopped = co_await std::move(later);
        CHECK(stopped.code() == errc::closed);

        const executor here = co_await asio::this_coro::executor;
        unsigned left = 0;
        const auto counted = [&left](std::exception_ptr) { ++left; };
        connect_function never = [&]() -> awaitable<connection> {
            try {
                co_await pause_for(1h);
            } catch (...) {
                counted(nullptr);
                throw;
            }
            co_return connection();
        };
        reconnector trying(here, never, s.options());
        co_await settle();
        trying.stop();
        co_await come_true([&] { return left == 1; });

        site down;
        down.fail(1);
        reconnector waiting = co_await keep(down, down.options());
        co_await come_true([&] { return down.time->sleeping() == 1; });
        waiting = reconnector(); // the last handle
        co_await come_true([&] { return down.time->sleeping() == 0; });
        CHECK(down.attempts == 1);
    });
}

TEST_CASE("reconnector: drain() lets the connection run to its end")
{
    run_test([]() -> awaitable<void> {
        site s;
        reconnector link = co_await keep(s, s.options());
        connection c = co_await link.connected();
        link.drain();
        co_await settle();
        CHECK(c.is_open());
        CHECK(link.state() == link_state::up);
        s.lose();
        const failure why = co_await link.wait_stopped();
        CHECK(why.code() == errc::closed);
        CHECK(s.attempts == 1);
    });
}

TEST_CASE("reconnector: options at their limits")
{
    run_test([]() -> awaitable<void> {
        site s;
        const executor here = co_await asio::this_coro::executor;
        const connect_function make = s.connects();
        const auto refused = [&](reconnect_options o) {
            try {
                const reconnector link(here, make, std::move(o));
                return std::string();
            } catch (const error& e) {
                CHECK(e.code() == errc::invalid_argument);
                return e.context();
            }
        };
        using o = reconnect_options;
        CHECK(refused(o().factor(1)) == "");
        CHECK(refused(o().factor(0.999)) == "reconnect_options: factor() is less than 1");
        CHECK(refused(o().jitter(0)) == "");
        CHECK(refused(o().jitter(1)) == "");
        CHECK(refused(o().jitter(1.001)) == "reconnect_options: jitter() is not from 0 to 1");
        CHECK(refused(o().jitter(-0.001)) == "reconnect_options: jitter() is not from 0 to 1");
        CHECK(refused(o().first_delay(0ns)) == "");
        CHECK(refused(o().first_delay(-1ns)) == "reconnect_options: first_delay() is negative");
        CHECK(refused(o().first_delay(60s)) == "");
        CHECK(refused(o().first_delay(60s + 1ns)) == "reconnect_options: most_delay() is less than first_delay()");
        CHECK(refused(o().settled_after(0ns)) == "");
        CHECK(refused(o().settled_after(-1ns)) == "reconnect_options: settled_after() is negative");
        CHECK(refused(o().keepalive(0ms)) == "");
        CHECK(refused(o().keepalive(-1ms)) == "reconnect_options: keepalive() has a negative interval");
        co_await settle();
    });
}

TEST_CASE("reconnector: a connection on another strand is refused, as its functions could not be called")
{
    run_test([]() -> awaitable<void> {
        site s;
        const executor here = co_await asio::this_coro::executor, elsewhere = another_strand(here);
        const reconnector link(here, [&] { return on_strand(elsewhere, s.connect()); }, s.options());
        reconnector waited = link;
        const failure why = co_await waited.wait_stopped();
        CHECK(why.code() == errc::invalid_argument);
    });
}

TEST_CASE("reconnector: handles outlive their io_context")
{
    site s;
    std::optional<reconnector> kept;
    {
        asio::io_context ctx;
        kept.emplace(executor(ctx.get_executor()), s.connects(), s.options());
        for (int i = 0; i < 1000 && kept->state() != link_state::up; ++i)
            ctx.run_for(5ms);
        CHECK(kept->state() == link_state::up);
    }
    CHECK(kept->state() == link_state::stopped);
    kept->stop();
    s.links.clear();
}
