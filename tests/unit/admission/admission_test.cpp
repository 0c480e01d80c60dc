#include "admission/source.hpp"
#include "catch.hpp"
#include "sshoal/admission.hpp"
#include "sshoal/error.hpp"

#include <vector>

using namespace sshoal;
using namespace std::chrono_literals;
using events::drop_reason;

namespace {

using places = std::vector<admission::place>;

/// A clock that a test moves, and dice that a test lays.
struct scene {
    explicit scene(const admission_limits& l) : a(l, [this](std::size_t n) { return asked = n, throw_of_dice; }) {}
    admission::place enter(std::string_view from = "192.0.2.1") { return a.enter(from, now); }
    /// As many as are let in one after the other.
    std::size_t fill(places& to, std::size_t tries, std::string_view from = "192.0.2.1")
    {
        std::size_t in = 0;
        for (std::size_t i = 0; i < tries; ++i)
            if (admission::place p = enter(from)) {
                to.push_back(std::move(p));
                ++in;
            }
        return in;
    }
    /// A log-in that is let in and fails.
    void fail(std::string_view from)
    {
        admission::place p = enter(from);
        REQUIRE(p);
        p.leave(now);
    }
    admission::time_point now{1000s};
    std::size_t throw_of_dice = 99, asked = 0;
    admission a;
};

constexpr std::size_t no_limit = 1'000'000;
admission_limits wide() { return admission_limits().max_startups(no_limit, 0, no_limit); }

} // namespace

TEST_CASE("the limit of connections holds for one less, for the last and for one more")
{
    scene s(wide().max_connections(3));
    places in;
    CHECK(s.fill(in, 2) == 2);
    admission::place third = s.enter();
    CHECK(third);
    third.logged_in(); // it stays a connection
    const admission::place fourth = s.enter();
    CHECK_FALSE(fourth);
    CHECK(fourth.why_refused() == drop_reason::max_connections);
    CHECK(fourth.count() == 3);
    third.leave(s.now);
    CHECK(s.a.connections() == 2);
    CHECK(s.enter());
    CHECK(s.a.connections() == 2); // a place that is dropped is given back
}

TEST_CASE("new limits count the connections that are there")
{
    scene s(wide().max_connections(1));
    places in;
    CHECK(s.fill(in, 2) == 1);
    s.a.set_limits(wide().max_connections(3));
    CHECK(s.fill(in, 3) == 2);
    s.a.set_limits(wide().max_connections(2));
    CHECK(s.fill(in, 1) == 0);
    CHECK_THROWS_AS(s.a.set_limits(wide().source_prefix(33, 128)), error);
    in.clear();
    CHECK(s.fill(in, 3) == 2);
}

TEST_CASE("startups are refused by chance from `begin` on, and all of them from `full` on")
{
    scene s(admission_limits().max_startups(2, 40, 6));
    places in;
    s.throw_of_dice = 0;
    CHECK(s.fill(in, 2) == 2); // below `begin` nothing is thrown
    CHECK(s.asked == 0);
    CHECK_FALSE(s.enter());
    CHECK(s.asked == 100);
    s.throw_of_dice = 39;
    CHECK_FALSE(s.enter());
    s.throw_of_dice = 40;
    CHECK(s.fill(in, 1) == 1); // 3 are in: 40 + 60 * 1 / 4 = 55 percent
    s.throw_of_dice = 54;
    CHECK_FALSE(s.enter());
    s.throw_of_dice = 55;
    CHECK(s.fill(in, 1) == 1);
    s.throw_of_dice = 99;
    CHECK(s.fill(in, 10) == 2); // 6 are in
    const admission::place more = s.enter();
    CHECK(more.why_refused() == drop_reason::max_startups);
    CHECK(more.count() == 6);
    CHECK(s.a.startups() == 6);
    in.front().logged_in();
    in.front().logged_in(); // counts once
    CHECK(s.a.startups() == 5);
    CHECK(s.a.connections() == 6);
    CHECK(s.fill(in, 2) == 1);
}

TEST_CASE("the limits for one source hold for one less, for the last and for one more, and not for others")
{
    const bool of_startups = GENERATE(false, true);
    scene s(of_startups ? wide().max_startups_per_source(3) : wide().max_per_source(3));
    places in;
    CHECK(s.fill(in, 2) == 2);
    CHECK(s.fill(in, 1) == 1);
    const admission::place fourth = s.enter();
    CHECK_FALSE(fourth);
    CHECK(fourth.why_refused() == drop_reason::max_per_source);
    CHECK(fourth.count() == 3);
    CHECK(s.fill(in, 1, "192.0.2.2") == 1);
    CHECK(s.fill(in, 9, "") == 9); // a Unix socket
    in.front().logged_in();
    CHECK(s.fill(in, 2) == (of_startups ? 1u : 0u));
    in.erase(in.begin());
    CHECK(s.fill(in, 2) == (of_startups ? 0u : 1u));
}

TEST_CASE("a source that does not log in is refused until its penalty is over")
{
    scene s(wide().penalty(5s, 9s, 12s));
    const auto fail = [&] {
        admission::place p = s.enter();
        REQUIRE(p);
        p.leave(s.now);
    };
    fail();
    fail(); // 10 s: above the least
    const admission::place no = s.enter();
    CHECK_FALSE(no);
    CHECK(no.why_refused() == drop_reason::source_penalty);
    CHECK(s.enter("192.0.2.2"));
    s.now += 999ms;
    CHECK_FALSE(s.enter());
    s.now += 1ms; // 9 s are left, which is not above the least
    fail();       // 12 s instead of 14 s
    s.now += 2999ms;
    CHECK_FALSE(s.enter());
    s.now += 1ms;
    admission::place in = s.enter();
    REQUIRE(in);
    in.logged_in();
    in.leave(s.now); // costs nothing
    CHECK(s.enter());
    admission::place dropped = s.enter();
    dropped = admission::place(); // the listener has gone: costs nothing
    CHECK(s.enter());
}

TEST_CASE("each way to end without a log-in has its own penalty")
{
    const auto refused_after = [](login_end how) {
        scene s(wide().penalty(5s, 0s, 60s).penalty_for(login_end::no_attempt, 0s).penalty_for(login_end::timed_out, 20s));
        admission::place p = s.enter();
        REQUIRE(p);
        p.leave(s.now, how);
        std::chrono::seconds waited{0};
        while (!s.enter()) {
            s.now += 1s;
            waited += 1s;
        }
        return waited;
    };
    CHECK(refused_after(login_end::failed) == 5s);
    CHECK(refused_after(login_end::unknown_user) == 5s);
    CHECK(refused_after(login_end::refused) == 5s);
    CHECK(refused_after(login_end::no_attempt) == 0s);
    CHECK(refused_after(login_end::timed_out) == 20s);
}

TEST_CASE("some addresses get no penalty, even where others of their network have one")
{
    scene s(wide().penalty(5s, 0s, 60s).source_prefix(24, 64).exempt([](std::string_view a) { return a == "192.0.2.9"; }));
    s.fail("192.0.2.9");
    s.fail("192.0.2.9");
    s.fail("192.0.2.1");
    CHECK_FALSE(s.enter("192.0.2.2"));
    CHECK(s.enter("192.0.2.9"));
}

TEST_CASE("penalties are remembered of so many sources and no more")
{
    scene s(wide().penalty(10s, 0s, 60s).max_penalties(2));
    s.fail("192.0.2.1");
    s.fail("192.0.2.2");
    s.fail("192.0.2.3");
    CHECK_FALSE(s.enter("192.0.2.1"));
    CHECK_FALSE(s.enter("192.0.2.2"));
    CHECK(s.enter("192.0.2.3")); // one too many
    s.now += 11s;
    s.fail("192.0.2.4"); // those that are over make room
    CHECK_FALSE(s.enter("192.0.2.4"));
    CHECK(s.enter("192.0.2.1"));
}

TEST_CASE("addresses are one source where their first bits are equal")
{
    using admissions::source_key;
    CHECK(source_key("192.0.2.1", 32, 128) != source_key("192.0.2.2", 32, 128));
    CHECK(source_key("192.0.2.1", 24, 128) == source_key("192.0.2.255", 24, 128));
    CHECK(source_key("192.0.2.1", 24, 128) != source_key("192.0.3.1", 24, 128));
    CHECK(source_key("192.0.2.127", 25, 128) != source_key("192.0.2.128", 25, 128));
    CHECK(source_key("192.0.2.1", 0, 128) == source_key("10.0.0.1", 0, 128));
    CHECK(source_key("::ffff:192.0.2.1", 32, 64) == source_key("192.0.2.1", 32, 64));
    CHECK(source_key("2001:db8::1", 32, 64) == source_key("2001:db8::ffff:1", 32, 64));
    CHECK(source_key("2001:db8::1", 32, 128) != source_key("2001:db8::2", 32, 128));
    CHECK(source_key("fe80::1%eth0", 32, 128) == source_key("fe80::1", 32, 128));
    CHECK_FALSE(source_key("", 32, 128));
    CHECK_FALSE(source_key("unix:/run/x", 32, 128));
}

TEST_CASE("limits that cannot be meant are refused")
{
    CHECK_THROWS_AS(admission(admission_limits().max_startups(5, 101, 10)), error);
    CHECK_THROWS_AS(admission(admission_limits().max_startups(11, 30, 10)), error);
    CHECK_THROWS_AS(admission(admission_limits().max_startups(0, 30, 0)), error);
    CHECK_THROWS_AS(admission(admission_limits().source_prefix(33, 128)), error);
    CHECK_NOTHROW(admission(admission_limits().max_startups(10, 30, 10)));
}

TEST_CASE("a place outlives its admission")
{
    admission::place kept;
    {
        admission a(wide());
        kept = a.enter("192.0.2.1", admission::time_point{});
    }
    kept.logged_in();
    kept.leave(admission::time_point{});
    CHECK_FALSE(kept);
}
