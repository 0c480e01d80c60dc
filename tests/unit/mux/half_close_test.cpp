#include "mux/half_close.hpp"
#include "mux_fixture.hpp"

#include <algorithm>

using namespace mux_test;

TEST_CASE("every order of EOF and CLOSE from both sides ends the channel exactly once (T68)")
{
    // l, r: EOF of that side; L, R: its CLOSE; p: what was sent arrives.
    const bool held = GENERATE(false, true); // each end's CLOSE waits for its own side
    std::string order = "LRlppr";
    std::sort(order.begin(), order.end());
    do {
        pair p;
        recorder a, b;
        p.join(a, b);
        if (held) {
            a.ch->hold_close();
            b.ch->hold_close();
        }
        REQUIRE(a.ch->write(mux::stream::data, view_of(std::string_view("tail"))) == 4);
        for (const char c : order) {
            switch (c) {
            case 'l': a.ch->send_eof(); break;
            case 'r': b.ch->send_eof(); break;
            case 'L': a.ch->close(); break;
            case 'R': b.ch->close(); break;
            default: p.pump(); break;
            }
        }
        p.pump();
        INFO(order);
        CHECK(a.closed == 1);
        CHECK(b.closed == 1);
        CHECK(!a.why);
        CHECK(a.eofs <= 1);
        CHECK(b.eofs <= 1);
        CHECK(a.ch->is_closed());
        CHECK(!b.ch->is_open());
        CHECK(p.left.mux.channel_count() == 0);
        CHECK(p.right.mux.channel_count() == 0);
        CHECK(a.ch->write_failure().code() == errc::channel_closed);
        // The text is whole unless the reader's side had closed before it arrived.
        const std::string got = b.read();
        const bool closed_first = order.find('R') < order.find('p');
        CHECK(got == (closed_first ? "" : "tail"));
        CHECK(b.ch->at_eof(mux::stream::data));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("EOF is sent once, CLOSE is sent once, and nothing follows")
{
    end e;
    recorder r;
    e.opened(r);
    r.ch->send_eof();
    r.ch->send_eof();
    CHECK(r.ch->write_failure().code() == errc::end_of_file);
    CHECK(r.ch->write(mux::stream::data, view_of(std::string_view("x"))) == 0);
    CHECK(r.ch->is_open());
    REQUIRE(r.ch->request("window-change", false, {}, 0).has_value()); // requests go on after EOF
    r.ch->close();
    r.ch->close();
    r.ch->send_eof();
    CHECK(r.ch->request("signal", false, {}, 0).error().code() == errc::channel_closed);
    e.next<msg::channel_eof>();
    e.next<msg::channel_request>();
    e.next<msg::channel_close>();
    CHECK(e.sent.empty());
    CHECK(e.mux.channel_count() == 1);
    CHECK(r.closed == 0);
    REQUIRE(!e.brief<msg::channel_close>(r.ch->local_id()));
    CHECK(r.closed == 1);
    CHECK(e.sent.empty());
    CHECK(e.mux.channel_count() == 0);
}

TEST_CASE("close says EOF first, detach and the answer to a CLOSE do not")
{
    end e;
    recorder a, b, c;
    e.opened(a);
    e.opened(b);
    e.opened(c);
    a.ch->close();
    e.next<msg::channel_eof>();
    e.next<msg::channel_close>();
    b.ch->detach();
    e.next<msg::channel_close>();
    REQUIRE(!e.brief<msg::channel_close>(c.ch->local_id()));
    e.next<msg::channel_close>();
    CHECK(e.sent.empty());
    CHECK(c.eofs == 1);
    CHECK(c.closed == 1);
}

TEST_CASE("T68 repeated EOF is ignored, data after EOF is dropped and counted")
{
    end e;
    recorder r;
    e.opened(r);
    const std::uint32_t id = r.ch->local_id();
    REQUIRE(!e.data(id, "abc"));
    REQUIRE(!e.brief<msg::channel_eof>(id));
    REQUIRE(!e.brief<msg::channel_eof>(id));
    CHECK(r.eofs == 1);
    CHECK(!r.ch->at_eof(mux::stream::data));
    CHECK(r.ch->at_eof(mux::stream::error));
    CHECK(r.read() == "abc");
    CHECK(r.ch->at_eof(mux::stream::data));
    REQUIRE(!e.request(id, "exit-status", false)); // allowed after EOF
    REQUIRE(r.ch->write(mux::stream::data, view_of(std::string_view("x"))) == 1);
    const std::uint32_t window = r.ch->local_window();
    CHECK(e.odd == 0);
    const std::string more(100'000, 'd'); // it costs nothing, so the window is no limit
    REQUIRE(!e.data(id, more));
    REQUIRE(!e.extended(id, 1, more));
    REQUIRE(!e.extended(id, 2, more));
    CHECK(e.odd == 3);
    CHECK(r.read().empty());
    CHECK(r.ch->queued(mux::stream::error) == 0);
    CHECK(r.ch->local_window() == window);
    CHECK(r.eofs == 1);
}

TEST_CASE("T68 what comes behind the peer's CLOSE is late: it is dropped and counted")
{
    end e;
    recorder r;
    e.opened(r);
    const std::uint32_t id = r.ch->local_id();
    REQUIRE(!e.brief<msg::channel_close>(id));
    const int calls = r.calls();
    e.sent.clear();
    REQUIRE(!e.data(id, "d"));
    REQUIRE(!e.extended(id, 1, "d"));
    REQUIRE(!e.adjust(id, 5));
    REQUIRE(!e.request(id, "exit-status", false));
    REQUIRE(!e.request(id, "keepalive@openssh.com", true));
    REQUIRE(!e.brief<msg::channel_eof>(id));
    REQUIRE(!e.brief<msg::channel_close>(id));
    CHECK(e.odd == 7);
    CHECK(r.calls() == calls);
    CHECK(e.sent.empty());
    CHECK(e.data(id + 1, "d").code() == errc::protocol_error); // of a channel that never was
    CHECK(e.brief<msg::channel_close>(id + 1).code() == errc::protocol_error);
}

TEST_CASE("T68 after our CLOSE everything but the peer's CLOSE is ignored")
{
    end e;
    recorder r;
    e.opened(r);
    const std::uint32_t id = r.ch->local_id();
    REQUIRE(!e.data(id, "early"));
    r.ch->close();
    e.sent.clear();
    const int calls = r.calls();
    for (int i = 0; i < 10; ++i) {
        REQUIRE(!e.data(id, std::string(32768, 'x'))); // more than the window
        REQUIRE(!e.extended(id, 1, "x"));
        REQUIRE(!e.extended(id, 9, "x"));
        REQUIRE(!e.adjust(id, 0xffffffff)); // T65: adjust after close
        REQUIRE(!e.request(id, "exec", true));
        REQUIRE(!e.brief<msg::channel_success>(id));
        REQUIRE(!e.brief<msg::channel_eof>(id));
    }
    CHECK(e.sent.empty());
    CHECK(r.calls() == calls);
    CHECK(r.ch->queued(mux::stream::data) == 5);
    REQUIRE(!e.brief<msg::channel_close>(id));
    CHECK(r.closed == 1);
    CHECK(r.read() == "early"); // by whoever holds it
    REQUIRE(!e.brief<msg::channel_close>(id)); // T64: the number is free, and this is late
    CHECK(e.odd == 1);
}

TEST_CASE("T68 a peer that never answers CLOSE pins a number each, up to the limit")
{
    mux::settings s;
    s.max_channels = 10;
    end e(s);
    for (int i = 0; i < 10; ++i) {
        recorder r;
        e.opened(r);
        r.ch->detach();
        CHECK(r.ch->is_closed());
        CHECK(e.count<msg::channel_close>() == 1);
    }
    recorder r;
    CHECK(e.mux.open("session", {}, r).error().code() == errc::too_many_channels);
    REQUIRE(!e.brief<msg::channel_close>(4));
    CHECK(e.mux.open("session", {}, r).value()->local_id() == 4);
    r.ch = nullptr;
}

TEST_CASE("wishes before the confirmation are kept until it comes (T68)")
{
    end e;
    recorder a, b;
    a.ch = *e.mux.open("session", {}, a);
    b.ch = *e.mux.open("session", {}, b);
    CHECK(a.ch->write(mux::stream::data, view_of(std::string_view("x"))) == 0);
    CHECK(!a.ch->write_failure());
    CHECK(a.ch->request("exec", true, {}, 1).error().code() == errc::channel_closed);
    e.sent.clear();
    b.ch->send_eof();
    CHECK(b.ch->write_failure().code() == errc::end_of_file);
    CHECK(e.sent.empty());
    REQUIRE(!e.confirm(b.ch->local_id()));
    e.next<msg::channel_eof>();
    CHECK(b.confirmed == 1);
    a.ch->send_eof();
    a.ch->close();
    CHECK(e.sent.empty());
    REQUIRE(!e.confirm(a.ch->local_id()));
    e.next<msg::channel_close>();
    CHECK(e.sent.empty());
    CHECK(a.confirmed == 1);
    CHECK(a.writable == 0);
    REQUIRE(!e.brief<msg::channel_close>(a.ch->local_id()));
    CHECK(a.closed == 1);
}

TEST_CASE("a write before the confirmation is told when it may go on")
{
    end e;
    recorder r;
    r.ch = *e.mux.open("session", {}, r);
    CHECK(r.ch->write(mux::stream::data, view_of(std::string_view("x"))) == 0);
    SECTION("with a window")
    {
        REQUIRE(!e.confirm(r.ch->local_id(), 10));
        CHECK(r.writable == 1);
    }
    SECTION("with a window of zero, later (T67)")
    {
        REQUIRE(!e.confirm(r.ch->local_id(), 0));
        CHECK(r.writable == 0);
        REQUIRE(!e.adjust(r.ch->local_id(), 0));
        CHECK(r.writable == 0);
        REQUIRE(!e.adjust(r.ch->local_id(), 1));
        CHECK(r.writable == 1);
    }
}

TEST_CASE("a CLOSE that is held back: a last request goes first, nothing else does, and the number is free behind ours")
{
    const bool eof_first = GENERATE(false, true);
    end e;
    recorder r;
    e.opened(r);
    r.ch->hold_close();
    const std::uint32_t id = r.ch->local_id();
    REQUIRE(r.ch->request("question", true, {}, 5).has_value());
    if (eof_first)
        REQUIRE(!e.brief<msg::channel_eof>(id));
    int told = 0;
    r.at_peer_closed = [&] { ++told; };
    REQUIRE(!e.brief<msg::channel_close>(id));
    e.sent.clear();
    CHECK(told == 1);
    CHECK(r.eofs == 1);
    CHECK(r.closed == 0);
    CHECK_FALSE(r.ch->is_open());
    CHECK(r.ch->at_eof(mux::stream::data));
    CHECK(e.mux.channel_count() == 1);
    // Output is dropped, and what the peer says in spite of its CLOSE goes nowhere.
    CHECK(r.ch->write(mux::stream::data, view_of(std::string_view("x"))) == 0);
    CHECK(r.ch->write_failure().code() == errc::channel_closed);
    CHECK(r.ch->request("question", true, {}, 6).error().code() == errc::channel_closed);
    REQUIRE(!e.request(id, "signal", true));
    REQUIRE(!e.adjust(id, 10));
    REQUIRE(!e.brief<msg::channel_close>(id));
    CHECK(r.requests.empty());
    CHECK(told == 1);
    CHECK(e.sent.empty());
    // The last word, then CLOSE without EOF.
    REQUIRE(r.ch->request("exit-status", false, {}, 0).has_value());
    r.ch->close();
    CHECK(e.next<msg::channel_request>().type == "exit-status");
    e.next<msg::channel_close>();
    CHECK(e.sent.empty());
    CHECK(r.closed == 1);
    CHECK(!r.why);
    CHECK(e.mux.channel_count() == 0);
    CHECK(r.ch->is_closed());
}

TEST_CASE("a CLOSE that is held back ends with the observer, the connection, or our own that went before")
{
    end e;
    recorder left, lost, first;
    for (recorder* r : {&left, &lost, &first}) {
        e.opened(*r);
        r->ch->hold_close();
    }
    first.ch->close();
    REQUIRE(!e.brief<msg::channel_close>(first.ch->local_id()));
    CHECK(first.closed == 1);
    REQUIRE(!e.brief<msg::channel_close>(left.ch->local_id()));
    REQUIRE(!e.brief<msg::channel_close>(lost.ch->local_id()));
    CHECK(e.mux.channel_count() == 2);
    e.sent.clear();
    left.ch->detach();
    e.next<msg::channel_close>();
    CHECK(e.mux.channel_count() == 1);
    CHECK(left.closed == 0);
    e.mux.shut(failure(errc::connection_lost));
    CHECK(lost.closed == 1);
    CHECK(lost.why.code() == errc::connection_lost);
    CHECK(e.mux.channel_count() == 0);
}
