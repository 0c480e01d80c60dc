#include "mux_fixture.hpp"

using namespace mux_test;
using mux::stream;

TEST_CASE("bulk data goes both ways on both streams, byte for byte")
{
    pair p;
    recorder a, b;
    p.join(a, b);
    a.takes = GENERATE(true, false);
    b.takes = true;
    const std::string there = pattern(5'000'000, 1), back = pattern(3'000'001, 2), errors = pattern(700'000, 3);
    feeder fa(a, there), fb(b, back);
    std::size_t errors_done = 0;
    fb.rec.at_writable = [&] {
        errors_done += b.ch->write(stream::error, view_of(std::string_view(errors).substr(errors_done)));
        if (errors_done == errors.size())
            fb.go();
    };
    fa.go();
    fb.rec.at_writable();
    const auto drain = [&] {
        a.in[0] += a.read(stream::data, 10'000);
        a.in[1] += a.read(stream::error, 999);
    };
    while (!a.eofs || !b.eofs || a.ch->queued(stream::data) || a.ch->queued(stream::error)) {
        p.pump();
        drain();
    }
    CHECK((b.in[0] == there));
    CHECK((a.in[0] == back));
    CHECK((a.in[1] == errors));
    CHECK(a.ch->at_eof(stream::data));
    CHECK(a.ch->count().bytes_out == there.size());
    CHECK(a.ch->count().bytes_in == back.size() + errors.size());
    CHECK(b.ch->count().packets_out == a.ch->count().packets_in);
}

TEST_CASE("T79 one stalled reader of a hundred delays nobody, holds at most its window, and goes on later")
{
    pair p;
    std::vector<recorder> from(100), to(100);
    std::vector<std::unique_ptr<feeder>> feeders;
    const std::string text = pattern(600'000);
    for (std::size_t i = 0; i < 100; ++i) {
        p.join(from[i], to[i]);
        to[i].takes = i != 42;
        feeders.push_back(std::make_unique<feeder>(from[i], text));
    }
    for (auto& f : feeders)
        f->go();
    p.pump();
    for (std::size_t i = 0; i < 100; ++i) {
        if (i == 42)
            continue;
        REQUIRE(to[i].eofs == 1);
        REQUIRE((to[i].in[0] == text));
    }
    CHECK(to[42].ch->queued(stream::data) == mux::settings().initial_window);
    CHECK(to[42].eofs == 0);
    while (to[42].in[0].size() < text.size()) {
        const std::string more = to[42].read(stream::data, 5000);
        REQUIRE(!more.empty());
        to[42].in[0] += more;
        p.pump();
    }
    CHECK((to[42].in[0] == text));
    CHECK(to[42].eofs == 1);
}

TEST_CASE("a peer that grants one byte at a time gets one byte at a time")
{
    end e;
    recorder r;
    e.opened(r, 0);
    feeder f(r, "hello, world");
    f.go();
    std::string got;
    for (int i = 0; i < 12; ++i) {
        CHECK(e.sent.empty());
        REQUIRE(!e.adjust(r.ch->local_id(), 1));
        got += text_of(e.next<msg::channel_data>().data);
    }
    CHECK(got == "hello, world");
    e.next<msg::channel_eof>();
    CHECK(r.writable == 12);
}

TEST_CASE("a peer that grants 2^32-1 at once gets all of it in packets of our size, and never more than it takes")
{
    mux::settings s;
    s.max_packet_out = 1000;
    end e(s);
    recorder r;
    const std::uint32_t peer_takes = GENERATE(999u, 1000u, 1001u, 0xffffffffu);
    e.opened(r, 0xffffffff, peer_takes);
    CHECK(r.ch->write(stream::data, view_of(pattern(10'000))) == 10'000);
    std::size_t most = 0, sum = 0;
    while (!e.sent.empty()) {
        const auto m = e.next<msg::channel_data>();
        most = std::max(most, m.data.size());
        sum += m.data.size();
    }
    CHECK(most == std::min(1000u, peer_takes));
    CHECK(sum == 10'000);
    CHECK(r.ch->remote_window() == 0xffffffffu - 10'000);
}

TEST_CASE("T65 adjustments past 2^32-1 end the connection")
{
    end e;
    recorder r;
    e.opened(r, 0xfffffffe);
    const std::uint32_t id = r.ch->local_id();
    REQUIRE(!e.adjust(id, 0));
    REQUIRE(!e.adjust(id, 1));
    CHECK(r.ch->remote_window() == 0xffffffff);
    REQUIRE(!e.adjust(id, 0));
    CHECK(e.adjust(id, 1).code() == errc::protocol_error);
    CHECK(e.adjust(id, 0xffffffff).code() == errc::protocol_error);
}

TEST_CASE("T66 a tenth of the window is put up with, and longer packets than announced: one below, at, one above")
{
    mux::settings s;
    s.initial_window = s.max_window = 1000;
    s.max_packet = 100;
    for (const bool error_stream : {false, true}) {
        const auto send = [&](end& e, recorder& r, std::size_t n) {
            const std::string d(n, 'x');
            return error_stream ? e.extended(r.ch->local_id(), 1, d) : e.data(r.ch->local_id(), d);
        };
        end e(s);
        recorder r;
        e.opened(r);
        CHECK(!send(e, r, 99));
        CHECK(!send(e, r, 100));
        CHECK(!send(e, r, 101));
        for (int i = 0; i < 6; ++i)
            REQUIRE(!send(e, r, 100));
        CHECK(r.ch->local_window() == 100);
        CHECK(send(e, r, 201).code() == errc::window_overrun);
        CHECK(!send(e, r, 100));
        CHECK(r.ch->local_window() == 0);
        CHECK(!send(e, r, 0));
        CHECK(send(e, r, 101).code() == errc::window_overrun);
        CHECK(!send(e, r, 99));
        CHECK(!send(e, r, 1));
        CHECK(send(e, r, 1).code() == errc::window_overrun);
        CHECK(e.extended(r.ch->local_id(), 5, "x").code() == errc::window_overrun);
        // What was taken beyond the window arrives, and with the user reading it the peer may go on.
        const mux::stream which = error_stream ? mux::stream::error : mux::stream::data;
        CHECK(r.read(which).size() == 1100);
        CHECK(r.ch->local_window() == 1100);
    }
}

TEST_CASE("a peer that oversteps each window a little goes on for ever, and never has more than a tenth above it waiting")
{
    mux::settings settings;
    settings.initial_window = settings.max_window = 1000;
    end e(settings);
    recorder r;
    e.opened(r);
    const std::uint32_t id = r.ch->local_id();
    std::int64_t left = 1000; // in the peer's eyes, who looks at it behind a packet only
    for (int i = 0; i < 10'000; ++i) {
        while (left > 0) {
            REQUIRE(!e.data(id, std::string(150, 'x')));
            left -= 150;
        }
        CHECK(r.ch->queued(mux::stream::data) <= 1100);
        e.sent.clear();
        r.read();
        left += e.next<msg::channel_window_adjust>().bytes;
    }
}

TEST_CASE("T66 a million packets without data change nothing")
{
    end e;
    recorder r;
    e.opened(r);
    r.at_data = [] { FAIL("nothing to tell"); };
    const bytes empty = [&] {
        msg::channel_data m;
        m.recipient = r.ch->local_id();
        return wire::encoded(m);
    }();
    for (int i = 0; i < 1'000'000; ++i)
        if (e.mux.handle(empty))
            FAIL();
    CHECK(e.sent.empty());
    CHECK(r.ch->queued(stream::data) == 0);
    CHECK(r.ch->local_window() == r.ch->window_size());
}

TEST_CASE("a gate that shuts after every packet delays data but neither loses nor reorders it")
{
    pair p;
    p.left.flapping = true;
    std::vector<recorder> from(8), to(8);
    std::vector<std::unique_ptr<feeder>> feeders;
    for (std::size_t i = 0; i < 8; ++i) {
        p.join(from[i], to[i]);
        to[i].takes = true;
        feeders.push_back(std::make_unique<feeder>(from[i], pattern(1'000'000, unsigned(i))));
    }
    for (auto& f : feeders)
        f->go();
    for (int turn = 0; turn < 1000; ++turn) {
        p.pump();
        p.left.open_gate();
    }
    p.pump();
    CHECK(p.left.data_while_shut == 0);
    for (std::size_t i = 0; i < 8; ++i) {
        CHECK((to[i].in[0] == pattern(1'000'000, unsigned(i))));
        CHECK(to[i].eofs == 1);
    }
}

TEST_CASE("eight bulk writers get equal shares, also where one of them pushes")
{
    end e;
    std::vector<recorder> r(8);
    const std::string text(100u << 20, 'x');
    std::vector<std::size_t> done(8);
    const bool deferred = GENERATE(false, true); // woken coroutines write after the wake-up, not in it
    std::vector<std::size_t> ready;
    const auto write = [&](std::size_t i) {
        done[i] += r[i].ch->write(stream::data, view_of(std::string_view(text).substr(done[i])));
    };
    e.keep_data = false;
    for (std::size_t i = 0; i < 8; ++i) {
        e.keep_data = true;
        e.opened(r[i], 0xffffffff);
        e.keep_data = false;
        r[i].at_writable = [&, i] { deferred ? ready.push_back(i) : write(i); };
    }
    e.room = 0;
    for (std::size_t i = 0; i < 8; ++i)
        write(i);
    for (int turn = 0; turn < 800; ++turn) {
        e.room = 64 * 1024;
        write(3); // tries to jump the queue
        e.mux.sending_possible();
        std::vector<std::size_t> now;
        now.swap(ready);
        for (const std::size_t i : now)
            write(i);
    }
    for (std::size_t i = 0; i < 8; ++i) {
        INFO(i);
        CHECK(done[i] >= 95 * 64 * 1024);
        CHECK(done[i] <= 105 * 64 * 1024);
    }
    CHECK(e.data_while_shut == 0);
}

TEST_CASE("a waiting writer that ends or closes is not woken")
{
    end e;
    recorder a, b, c, d;
    for (recorder* r : {&a, &b, &c, &d}) {
        e.opened(*r);
    }
    e.gate = false;
    for (recorder* r : {&a, &b, &c, &d})
        CHECK(r->ch->write(stream::data, view_of(std::string_view("text"))) == 0);
    a.ch->send_eof();
    b.ch->detach();
    REQUIRE(!e.brief<msg::channel_close>(c.ch->local_id()));
    c.ch.reset();
    e.open_gate();
    CHECK(a.writable + b.writable + c.writable == 0);
    CHECK(d.writable == 1);
    e.open_gate();
    CHECK(d.writable == 1); // it did not write again
}

TEST_CASE("L11 a flood of adjustments by one is summed")
{
    end e;
    recorder r;
    e.opened(r, 0);
    for (int i = 0; i < 200'000; ++i)
        if (e.adjust(r.ch->local_id(), 1))
            FAIL();
    CHECK(r.ch->remote_window() == 200'000);
    CHECK(e.sent.empty());
}
