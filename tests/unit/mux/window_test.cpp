#include "mux/window.hpp"
#include "mux_fixture.hpp"

using namespace mux_test;
using namespace std::chrono_literals;

namespace {

/// A link with a delay and a rate: the sender writes all it can, the receiver takes everything at once.
struct wire_link {
    explicit wire_link(duration round_trip, double bytes_per_second, const mux::settings& receiver = {})
        : half(round_trip / 2), per_byte(1e9 / bytes_per_second), p({}, receiver)
    {
        p.join(from, to);
        to.takes = true;
        from.at_writable = [this] { write(); };
    }
    void write()
    {
        static const std::string block(1 << 20, 'x');
        while (wanted > 0) {
            const auto piece = std::string_view(block).substr(0, std::min(wanted, block.size()));
            const std::size_t n = from.ch->write(mux::stream::data, view_of(piece));
            wanted -= n;
            if (n == 0)
                break;
        }
    }
    /// Moves what was sent into flight, and on to the next arrival. False: nothing is in flight.
    bool step()
    {
        for (; !p.left.sent.empty(); p.left.sent.pop_front()) {
            const auto takes = std::int64_t(double(p.left.sent.front().size()) * per_byte);
            free_at = std::max(free_at, p.clock) + std::chrono::nanoseconds(takes);
            forth.emplace_back(free_at + half, std::move(p.left.sent.front()));
        }
        for (; !p.right.sent.empty(); p.right.sent.pop_front())
            back.emplace_back(p.clock + half, std::move(p.right.sent.front()));
        const bool to_right = !forth.empty() && (back.empty() || forth.front().first <= back.front().first);
        auto& q = to_right ? forth : back;
        if (q.empty())
            return false;
        p.clock = std::max(p.clock, q.front().first);
        const bytes m = std::move(q.front().second);
        q.pop_front();
        to.in[0].clear();
        REQUIRE(!(to_right ? p.right : p.left).mux.handle(m));
        return true;
    }
    void run(std::size_t total)
    {
        wanted = total;
        write();
        while (step()) { }
        REQUIRE(wanted == 0);
    }
    duration half;
    double per_byte;
    pair p;
    recorder from, to;
    std::deque<std::pair<time_point, bytes>> forth, back;
    time_point free_at{};
    std::size_t wanted = 0;
};

} // namespace

TEST_CASE("the window grows to the bandwidth-delay product of a link of 100 ms")
{
    wire_link l(100ms, 40e6); // 4 MB in flight
    l.run(200u << 20);
    CHECK(l.p.right.mux.rtt() >= 100ms);
    CHECK(l.p.right.mux.rtt() < 110ms);
    CHECK(l.to.ch->window_size() >= 4'000'000);
    CHECK(l.to.ch->window_size() <= 18'000'000);
    // Once it has grown the link is full: the last part goes at line rate.
    const time_point before = l.p.clock;
    l.run(40'000'000);
    const double seconds = std::chrono::duration<double>(l.p.clock - before).count();
    CHECK(seconds < 1.25);
}

TEST_CASE("a round trip known from elsewhere makes the window grow from the first byte")
{
    wire_link l(100ms, 40e6);
    l.p.right.mux.feed_rtt(100ms);
    l.run(100u << 20);
    CHECK(l.to.ch->window_size() >= 4'000'000);
    CHECK(l.p.right.mux.rtt() == 100ms);
}

TEST_CASE("the window grows by every round trip that fills it, in whatever portions the user takes the data")
{
    const std::uint32_t portion = GENERATE(1000u, 4096u, 32768u, 65000u, 65537u, 100000u, 261120u, 1u << 30);
    mux::settings s;
    mux::window_pool pool(s);
    pool.measured(100ms);
    mux::receive_window w(pool);
    time_point now{};
    unsigned trips = 0;
    for (; w.size() < 32u << 20 && trips < 100; ++trips) {
        now += 101ms; // never quite as fast as the best one
        std::uint32_t burst = w.left();
        REQUIRE(w.received(burst, now, pool));
        for (std::uint32_t n = 0; burst > 0; burst -= n) {
            n = std::min(burst, portion);
            w.consumed(n, now, pool);
        }
    }
    CHECK(trips <= 20); // eight doublings
}

TEST_CASE("the window grows on a fast local path")
{
    wire_link l(50us, 1e9);
    l.run(100u << 20);
    CHECK(l.to.ch->window_size() >= (1u << 20));
}

TEST_CASE("the window grows to what others grant from the start also where both ends wait for a busy processor")
{
    wire_link l(50us, 1e9);
    for (int i = 0; i < 100; ++i) {
        l.run(512 * 1024);
        l.p.clock += 20ms;
    }
    CHECK(l.to.ch->window_size() == mux::modest_window);
}

TEST_CASE("slow and idle channels keep the initial window")
{
    wire_link l(20ms, 100e6);
    for (int i = 0; i < 3000; ++i) { // 100 kB/s for 300 s
        l.run(10'000);
        l.p.clock += 100ms;
    }
    CHECK(l.to.ch->window_size() == mux::settings().initial_window);
    for (int i = 0; i < 100; ++i) { // a burst that does not fill the window, then hours of nothing
        l.run(90'000);
        l.p.clock += 3h;
    }
    CHECK(l.to.ch->window_size() == mux::settings().initial_window);
}

TEST_CASE("a window can be widened at once, within its ceiling and the budget")
{
    mux::settings s;
    s.max_window = 4u << 20;
    s.window_budget = 5u << 20;
    mux::window_pool pool(s);
    mux::receive_window a(pool), b(pool);
    CHECK(a.widen(s.initial_window, pool) == 0);
    CHECK(a.widen(s.initial_window + 1, pool) == 1);
    CHECK(a.widen(1u << 30, pool) == s.max_window - s.initial_window - 1);
    CHECK(a.left() == s.max_window);
    CHECK(a.size() == s.max_window);
    CHECK(b.widen(1u << 30, pool) == s.window_budget - (s.max_window - s.initial_window)); // what a has left
    CHECK(pool.budget_left() == 0);
    a.release(pool);
    b.release(pool);
    CHECK(pool.budget_left() == s.window_budget);
}

TEST_CASE("growth keeps to the ceiling and to the budget of the connection, which closing gives back")
{
    mux::settings s;
    s.max_window = 1 << 20;
    {
        wire_link l(100ms, 100e6, s);
        l.run(30u << 20);
        CHECK(l.to.ch->window_size() == (1u << 20));
    }
    s.max_window = 64u << 20;
    s.window_budget = 300'000;
    wire_link l(100ms, 100e6, s);
    l.run(30u << 20);
    CHECK(l.to.ch->window_size() == s.initial_window + 300'000);

    recorder a, b;
    l.p.join(a, b);
    b.takes = true;
    feeder f(a, pattern(4u << 20));
    f.go();
    l.p.pump();
    CHECK(b.ch->window_size() == s.initial_window);

    l.from.ch->close();
    l.p.pump();
    recorder c, d;
    l.p.join(c, d);
    d.takes = true;
    feeder g(c, pattern(8u << 20));
    g.go();
    l.p.pump();
    CHECK(d.ch->window_size() == s.initial_window + 300'000);
}

TEST_CASE("L12 tiny data is credited at most once per 32 KiB, whoever takes it")
{
    const bool at_once = GENERATE(true, false);
    end e;
    recorder r;
    e.opened(r);
    r.takes = at_once;
    const std::size_t total = 1u << 20;
    for (std::size_t i = 0; i < total; ++i) {
        if (e.data(r.ch->local_id(), "x"))
            FAIL();
        if (!at_once)
            r.read();
    }
    CHECK(e.count<msg::channel_window_adjust>() >= 1);
    CHECK(e.count<msg::channel_window_adjust>() <= total / (32 * 1024));
    CHECK(r.ch->count().bytes_in == total);
    CHECK(r.ch->count().packets_in == total);
}

TEST_CASE("credit follows consumption, not receipt, and never exceeds the window")
{
    end e;
    recorder r;
    e.opened(r);
    const std::uint32_t id = r.ch->local_id();
    const std::string packet(32768, 'a');
    for (int i = 0; i < 4; ++i)
        REQUIRE(!e.data(id, packet));
    CHECK(e.sent.empty());
    CHECK(r.ch->local_window() == 0);
    CHECK(r.ch->queued(mux::stream::data) == 4 * 32768);
    const std::string too_much(r.ch->window_size() / 10 + 1, 'x');
    CHECK(e.data(id, too_much).code() == errc::window_overrun); // T66
    std::uint64_t granted = 0;
    while (r.ch->queued(mux::stream::data) > 0) {
        r.read(mux::stream::data, 1000);
        for (; !e.sent.empty();)
            granted += e.next<msg::channel_window_adjust>().bytes;
        CHECK(r.ch->local_window() == granted);
        CHECK(r.ch->local_window() + r.ch->queued(mux::stream::data) <= r.ch->window_size());
    }
    CHECK(r.ch->local_window() > r.ch->window_size() / 2);
}

TEST_CASE("a peer that waits until a whole packet fits is not left waiting")
{
    mux::settings s;
    s.initial_window = GENERATE(32768u, 40000u, 65536u, 98304u, 131072u, 1u << 20);
    end e(s);
    recorder r;
    e.opened(r);
    r.takes = true;
    const std::string packet(32768, 'a');
    for (int i = 0; i < 200; ++i) {
        REQUIRE(r.ch->local_window() >= 32768);
        REQUIRE(!e.data(r.ch->local_id(), packet));
    }
}

TEST_CASE("windows of any size make progress")
{
    mux::settings s;
    s.initial_window = GENERATE(1u, 2u, 3u, 7u, 100u, 32767u, 0xffffffffu);
    s.max_packet = GENERATE(1u, 5u, 32768u);
    end e(s);
    recorder r;
    e.opened(r);
    r.takes = true;
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(r.ch->local_window() > 0);
        REQUIRE(!e.data(r.ch->local_id(), std::string(std::min({r.ch->local_window(), s.max_packet, 4096u}), 'x')));
    }
}

TEST_CASE("merged stderr joins the ordinary data in order, and is credited")
{
    end e;
    recorder r;
    e.opened(r);
    const std::uint32_t id = r.ch->local_id();
    r.ch->merge_error_stream();
    REQUIRE(!e.data(id, "one "));
    REQUIRE(!e.extended(id, 1, "two "));
    REQUIRE(!e.data(id, "three"));
    CHECK(r.ch->queued(mux::stream::error) == 0);
    std::string all(20, ' ');
    all.resize(r.ch->read(mux::stream::data, std::as_writable_bytes(std::span(all))));
    CHECK(all == "one two three");
}

TEST_CASE("dropped data is credited: discarded streams and unknown kinds of extended data (T66)")
{
    end e;
    recorder r;
    e.opened(r);
    const std::uint32_t id = r.ch->local_id();
    REQUIRE(!e.extended(id, 1, "error text"));
    CHECK(r.ch->queued(mux::stream::error) == 10);
    r.ch->discard(mux::stream::error);
    CHECK(r.ch->queued(mux::stream::error) == 0);
    const std::string packet(32768, 'a');
    for (int i = 0; i < 100; ++i) {
        REQUIRE(!e.extended(id, 1, packet));
        REQUIRE(!e.extended(id, i == 0 ? 0u : 77u, packet));
    }
    CHECK(r.in[0].empty());
    CHECK(r.in[1].empty());
    CHECK(r.ch->queued(mux::stream::data) == 0);
    REQUIRE(!e.data(id, "still here"));
    CHECK(r.read() == "still here");
}

TEST_CASE("a round trip is the smallest that was measured, and absurd ones are thrown away")
{
    end e;
    CHECK(e.mux.rtt() == duration::zero());
    e.mux.feed_rtt(duration::zero());
    e.mux.feed_rtt(-1s);
    e.mux.feed_rtt(1h);
    CHECK(e.mux.rtt() == duration::zero());
    e.mux.feed_rtt(80ms);
    e.mux.feed_rtt(50ms);
    e.mux.feed_rtt(60ms);
    CHECK(e.mux.rtt() == 50ms);
}
