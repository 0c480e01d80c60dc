#include "mux_fixture.hpp"

#include "mux/idle_times.hpp"

using namespace mux_test;
using namespace std::chrono_literals;

namespace {

using limit_list = std::vector<std::pair<std::string, std::chrono::milliseconds>>;

mux::idle_times times(limit_list all)
{
    idle_limits l;
    l.channels = std::move(all);
    return mux::idle_times(l);
}

mux::settings with(limit_list all)
{
    mux::settings s;
    s.idle = times(std::move(all));
    return s;
}

/// Lets time pass as a driver does: to each deadline on the way.
void pass(end& e, duration t)
{
    const time_point until = e.own_clock + t;
    while (e.mux.next_deadline() <= until) {
        e.own_clock = std::max(e.own_clock, e.mux.next_deadline());
        e.mux.handle_deadline(e.own_clock);
    }
    e.own_clock = until;
}

} // namespace

TEST_CASE("the first pattern that fits a type counts, by either of its names")
{
    const auto t = times({{"session", 5s}, {"x11-*", 6s}, {"agent-connection", 7s}, {"direct-*", 0s}, {"global", 9s}, {"*", 8s}});
    CHECK(t.of_type("session") == 5s);
    CHECK(t.of_type("x11") == 6s);
    CHECK(t.of_type("auth-agent@openssh.com") == 7s);
    CHECK(t.of_type("direct-tcpip") == 0s);
    CHECK(t.of_type("forwarded-tcpip") == 8s);
    CHECK(t.of_type("global") == 8s);
    CHECK(t.of_all() == 9s);
    CHECK_FALSE(times({}).any());
    CHECK(times({{"session", 5s}}).of_all() == 0s);
}

TEST_CASE("a channel without data is closed when its time is over, and not a moment before")
{
    end e(with({{"session", 5s}}));
    recorder r;
    e.opened(r);
    pass(e, 5s - 1ns);
    CHECK(e.sent.empty());
    pass(e, 1ns);
    CHECK(e.count<msg::channel_close>() == 1);
    CHECK_FALSE(r.ch->is_open());
    CHECK(r.closed == 0); // the peer has not answered
    REQUIRE_FALSE(e.brief<msg::channel_close>(r.ch->local_id()));
    CHECK(r.closed == 1);
    CHECK(e.mux.next_deadline() == never);
}

TEST_CASE("data in either direction begins the time anew, and on one channel only")
{
    end e(with({{"session", 5s}}));
    recorder sends, receives, sleeps;
    for (recorder* r : {&sends, &receives, &sleeps})
        e.opened(*r);
    for (int i = 0; i < 3; ++i) {
        pass(e, 4s);
        CHECK(sends.ch->write(mux::stream::data, view_of("x")) == 1);
        REQUIRE_FALSE(e.data(receives.ch->local_id(), "x"));
    }
    CHECK(sends.ch->is_open());
    CHECK(receives.ch->is_open());
    CHECK_FALSE(sleeps.ch->is_open());
    pass(e, 5s - 1ns);
    CHECK(sends.ch->is_open());
    pass(e, 1ns);
    CHECK_FALSE(sends.ch->is_open());
    CHECK_FALSE(receives.ch->is_open());
}

TEST_CASE("a channel of the peer has its type's time too, and one of another type none")
{
    for (const char* type : {"session", "direct-tcpip"}) {
        end e(with({{type, 5s}}));
        recorder r;
        e.at_open = [&](const mux::incoming_open& o) { r.ch = e.mux.accept(o.token, r); };
        REQUIRE_FALSE(e.peer_opens());
        pass(e, 6s);
        CHECK(r.ch->is_open() == (std::string(type) != "session"));
    }
}

TEST_CASE("all channels are closed if no data moves on any of them")
{
    end e(with({{"global", 5s}}));
    recorder one, two;
    e.opened(one);
    e.opened(two);
    pass(e, 4s);
    REQUIRE_FALSE(e.data(one.ch->local_id(), "x"));
    pass(e, 5s - 1ns);
    CHECK(one.ch->is_open());
    CHECK(two.ch->is_open());
    pass(e, 1ns);
    CHECK_FALSE(one.ch->is_open());
    CHECK_FALSE(two.ch->is_open());
}

TEST_CASE("the time of a channel begins when the peer has confirmed it, however late")
{
    end e(with({{"session", 5s}}));
    recorder r;
    r.ch = *e.mux.open("session", {}, r);
    pass(e, 60s);
    REQUIRE_FALSE(e.confirm(r.ch->local_id()));
    pass(e, 5s - 1ns);
    CHECK(r.ch->is_open());
    pass(e, 5s);
    CHECK_FALSE(r.ch->is_open());
}

TEST_CASE("times that are set later hold for channels that are opened then")
{
    end e;
    recorder before, after;
    e.opened(before);
    e.mux.set_idle_times(times({{"*", 5s}}));
    e.opened(after);
    pass(e, 6s);
    CHECK(before.ch->is_open());
    CHECK_FALSE(after.ch->is_open());
}
