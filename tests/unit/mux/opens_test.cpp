#include "mux_fixture.hpp"

using namespace mux_test;

TEST_CASE("an open is confirmed and carries both numbers and bodies")
{
    pair p;
    recorder a, b;
    std::string body;
    p.right.at_open = [&](const mux::incoming_open& o) {
        body = text_of(o.body);
        CHECK(o.type == "direct-tcpip");
        CHECK(o.window == mux::settings().initial_window);
        b.ch = p.right.mux.accept(o.token, b, view_of(std::string_view("answer")));
    };
    a.ch = *p.left.mux.open("direct-tcpip", view_of(std::string_view("question")), a);
    CHECK(!a.ch->is_open());
    CHECK(p.left.mux.channel_count() == 1);
    p.pump();
    CHECK(body == "question");
    CHECK(a.confirmed == 1);
    CHECK(b.confirmed == 0);
    CHECK(a.ch->is_open());
    CHECK(a.ch->remote_id() == b.ch->local_id());
    CHECK(b.ch->remote_id() == a.ch->local_id());
    CHECK(a.ch->remote_window() == mux::settings().initial_window);
}

TEST_CASE("an open that is refused leaves nothing behind, a million times (T69)")
{
    pair p;
    p.right.at_open = [&](const mux::incoming_open& o) {
        p.right.mux.refuse(o.token, open_failure::administratively_prohibited, "not\x1b[2J today");
        p.right.opens.clear();
        p.right.open_types.clear();
    };
    for (int i = 0; i < 10000; ++i) {
        recorder a;
        a.ch = *p.left.mux.open("session", {}, a);
        p.pump();
        REQUIRE(a.refused == 1);
        REQUIRE(a.closed == 0);
        REQUIRE(a.ch->is_closed());
        REQUIRE(a.ch->local_id() == 0);
        REQUIRE(a.refusal == "not\\x1b[2J today");
        REQUIRE(a.ch->write_failure().code() == errc::channel_open_refused);
    }
    CHECK(p.left.mux.channel_count() == 0);
    CHECK(p.right.mux.undecided() == 0);
}

TEST_CASE("an abandoned open is cleaned up by the late answer")
{
    end e;
    recorder r;
    r.ch = *e.mux.open("session", {}, r);
    const std::uint32_t id = r.ch->local_id();
    r.ch->detach();
    r.ch.reset();
    e.sent.clear();
    CHECK(e.mux.channel_count() == 1);
    SECTION("a confirmation is answered with CLOSE")
    {
        REQUIRE(!e.confirm(id, 100, 100, 42));
        CHECK(e.next<msg::channel_close>().recipient == 42);
        CHECK(e.mux.channel_count() == 1);
        REQUIRE(!e.data(id, "ignored"));
        REQUIRE(!e.brief<msg::channel_close>(id));
    }
    SECTION("a refusal just frees the number") { REQUIRE(!e.refuse_open(id)); }
    CHECK(e.sent.empty());
    CHECK(e.mux.channel_count() == 0);
    CHECK(r.calls() == 0);
}

TEST_CASE("T64 a message for a channel that never was ends the connection or is odd, and nobody hears of it")
{
    const std::uint32_t id = GENERATE(0u, 1u, 5u, 0x7fffffffu, 0xffffffffu);
    const int n = GENERATE(91, 92, 93, 94, 95, 96, 97, 98, 99, 100);
    end e;
    recorder gone, here, opening;
    e.opened(gone);  // 0
    e.opened(here);  // 1
    opening.ch = *e.mux.open("session", {}, opening); // 2
    REQUIRE(!e.brief<msg::channel_close>(gone.ch->local_id()));
    if (id == 1)
        return;
    const auto calls = [&] { return gone.calls() + here.calls() + opening.calls(); };
    const int before = calls();
    e.sent.clear();
    for (const std::uint32_t to : {id, std::uint32_t(2)}) {
        if (to == 2 && n <= 92)
            continue; // that is what it waits for
        failure f;
        switch (n) {
        case 91: f = e.confirm(to); break;
        case 92: f = e.refuse_open(to); break;
        case 93: f = e.adjust(to, 1); break;
        case 94: f = e.data(to, "x"); break;
        case 95: f = e.extended(to, 1, "x"); break;
        case 96: f = e.brief<msg::channel_eof>(to); break;
        case 97: f = e.brief<msg::channel_close>(to); break;
        case 98: f = e.request(to, "exec", true); break;
        case 99: f = e.brief<msg::channel_success>(to); break;
        default: f = e.brief<msg::channel_failure>(to); break;
        }
        INFO(n << " to " << to);
        // Channel 0 was, and what comes for it is late; channel 2 will be, and it is early. Credit, requests and replies never do
        // harm.
        const bool late = to == 0 && n >= 93;
        const bool early = to == 2 && n != 96 && n != 97;
        const bool harmless = to > 2 && (n == 93 || n >= 98);
        if (late || early || harmless) {
            CHECK_FALSE(f);
            CHECK(std::exchange(e.odd, 0) == 1);
        } else {
            CHECK(f.code() == errc::protocol_error);
        }
    }
    CHECK(calls() == before);
    CHECK(e.sent.empty());
}

TEST_CASE("T64 a confirmation or refusal comes once, and only for our own opens")
{
    end e;
    recorder ours, theirs;
    e.opened(ours);
    CHECK(e.confirm(ours.ch->local_id()).code() == errc::protocol_error);
    CHECK(e.refuse_open(ours.ch->local_id()).code() == errc::protocol_error);
    REQUIRE(!e.peer_opens(7)); // the number of another channel of theirs: theirs to keep apart
    theirs.ch = e.mux.accept(e.opens.back().token, theirs);
    CHECK(e.confirm(theirs.ch->local_id()).code() == errc::protocol_error);
    CHECK(e.refuse_open(theirs.ch->local_id()).code() == errc::protocol_error);
    CHECK(theirs.calls() == 0);
    CHECK(ours.confirmed == 1);
}

TEST_CASE("malformed messages and numbers of other protocols end the connection")
{
    end e;
    recorder r;
    e.opened(r);
    CHECK(e.mux.handle({}).code() == errc::malformed_message);
    for (int n = 80; n <= 100; ++n) {
        if (n == 81 || n == 82)
            continue; // nothing in them
        const std::byte alone[] = {std::byte(n)};
        CHECK(e.mux.handle(alone));
        const std::byte cut[] = {std::byte(n), std::byte(0), std::byte(0), std::byte(0)};
        CHECK(e.mux.handle(cut));
    }
    for (const int n : {0, 79, 83, 89, 101, 255}) {
        const std::byte other[] = {std::byte(n), std::byte(0), std::byte(0), std::byte(0), std::byte(0)};
        CHECK(e.mux.handle(other).code() == errc::protocol_error);
    }
    for (const int n : {93, 94, 95, 98}) { // the recipient is right, the rest is missing
        const std::byte shorter[] = {std::byte(n), std::byte(0), std::byte(0), std::byte(0), std::byte(0)};
        CHECK(e.mux.handle(shorter).code() == errc::malformed_message);
    }
    for (const int n : {96, 97, 99, 100}) {
        const std::byte longer[] = {std::byte(n), std::byte(0), std::byte(0), std::byte(0), std::byte(0), std::byte(1)};
        CHECK(e.mux.handle(longer).code() == errc::malformed_message);
    }
    CHECK(r.calls() == 1);
}

TEST_CASE("T67 an open with a maximum packet size of zero is refused; confirmed with zero a channel works, with one too")
{
    end e;
    recorder r;
    REQUIRE(!e.peer_opens(3, 100, 0));
    CHECK(e.opens.empty());
    CHECK(e.next<msg::channel_open_failure>().recipient == 3);
    r.ch = *e.mux.open("session", {}, r);
    e.sent.clear();
    SECTION("confirmed with zero")
    {
        REQUIRE(!e.confirm(r.ch->local_id(), 5000, 0));
        REQUIRE(!e.data(r.ch->local_id(), "output"));
        CHECK(r.read() == "output");
        e.sent.clear();
        CHECK(r.ch->write(mux::stream::data, bytes(3000)) == 3000);
        CHECK(e.sent.size() == 3);
        CHECK(e.next<msg::channel_data>().data.size() == 1024);
    }
    SECTION("confirmed with one")
    {
        REQUIRE(!e.confirm(r.ch->local_id(), 100, 1));
        CHECK(r.ch->write(mux::stream::data, view_of(std::string_view("hello"))) == 5);
        CHECK(e.sent.size() == 5);
        CHECK(text_of(e.next<msg::channel_data>().data) == "h");
    }
}

TEST_CASE("limits of opens: one below, at, one above")
{
    mux::settings s;
    s.max_undecided_opens = 3;
    s.max_channels = 5;
    end e(s);
    recorder r[6];
    for (int i = 0; i < 3; ++i)
        REQUIRE(!e.peer_opens());
    CHECK(e.mux.undecided() == 3);
    CHECK(e.sent.empty());
    REQUIRE(!e.peer_opens(99));
    const auto refusal = e.next<msg::channel_open_failure>();
    CHECK(refusal.recipient == 99);
    CHECK(refusal.reason == std::uint32_t(open_failure::resource_shortage));
    CHECK(e.opens.size() == 3);
    for (int i = 0; i < 3; ++i)
        r[i].ch = e.mux.accept(e.opens[std::size_t(i)].token, r[i]);
    CHECK(e.mux.undecided() == 0);
    CHECK(e.mux.channel_count() == 3);
    r[3].ch = *e.mux.open("session", {}, r[3]); // the fourth
    REQUIRE(!e.peer_opens());                   // the fifth, undecided: counts
    CHECK(e.mux.open("session", {}, r[5]).error().code() == errc::too_many_channels);
    e.sent.clear();
    REQUIRE(!e.peer_opens());
    CHECK(e.next<msg::channel_open_failure>().reason == std::uint32_t(open_failure::resource_shortage));
    e.mux.refuse(e.opens.back().token, open_failure::connect_failed, "");
    CHECK(e.mux.open("session", {}, r[4]).has_value());
}

TEST_CASE("an open is decided once, and tokens of earlier opens mean nothing")
{
    end e;
    recorder r;
    REQUIRE(!e.peer_opens(1));
    const auto token = e.opens[0].token;
    e.mux.refuse(token, open_failure::connect_failed, "no");
    e.mux.refuse(token, open_failure::connect_failed, "no");
    CHECK(e.sent.size() == 1);
    REQUIRE(!e.peer_opens(2));
    CHECK(e.mux.accept(token, r) == nullptr);
    CHECK(e.mux.undecided() == 1);
    e.mux.shut(errc::closed);
    CHECK(e.mux.accept(e.opens[1].token, r) == nullptr);
    CHECK(e.mux.undecided() == 0);
    CHECK(e.sent.size() == 1);
}

TEST_CASE("numbers are used again, the last freed first")
{
    end e;
    recorder r[5];
    for (auto& x : r)
        e.opened(x);
    for (const int i : {1, 3})
        REQUIRE(!e.brief<msg::channel_close>(r[i].ch->local_id()));
    e.opened(r[1]);
    e.opened(r[3]);
    CHECK(r[1].ch->local_id() == 3);
    CHECK(r[3].ch->local_id() == 1);
}

TEST_CASE("L10 channels are opened and closed a hundred thousand times")
{
    pair p;
    recorder a, b;
    p.right.at_open = [&](const mux::incoming_open& o) {
        b.ch = p.right.mux.accept(o.token, b);
        p.right.opens.clear();
        p.right.open_types.clear();
    };
    for (int i = 0; i < 100000; ++i) {
        a.ch = *p.left.mux.open("session", {}, a);
        p.pump();
        a.ch->close();
        p.pump();
    }
    CHECK(a.closed == 100000);
    CHECK(b.closed == 100000);
    CHECK(p.left.mux.channel_count() == 0);
}

TEST_CASE("closed channels with unread data stop further opens: one byte below, at, one above, and when it is read")
{
    mux::settings s;
    s.initial_window = 1000;
    s.window_budget = 1000;
    end e(s);
    recorder r[4];
    const auto closed_with = [&e](recorder& who, std::size_t size) {
        e.opened(who);
        REQUIRE(!e.data(who.ch->local_id(), std::string(size, 'x')));
        REQUIRE(!e.brief<msg::channel_close>(who.ch->local_id()));
        e.sent.clear();
    };
    const auto opens = [&e] {
        const std::size_t before = e.opens.size();
        REQUIRE(!e.peer_opens());
        if (e.opens.size() == before)
            CHECK(e.next<msg::channel_open_failure>().reason == std::uint32_t(open_failure::resource_shortage));
        else
            e.mux.refuse(e.opens.back().token, open_failure::connect_failed, "");
        e.sent.clear();
        return e.opens.size() > before;
    };
    closed_with(r[0], 1000);
    closed_with(r[1], 999);
    CHECK(opens());
    closed_with(r[2], 1);
    CHECK(opens());
    closed_with(r[3], 1);
    CHECK_FALSE(opens());
    CHECK(r[3].read().size() == 1);
    CHECK(opens());

    recorder another;
    closed_with(another, 500);
    CHECK_FALSE(opens());
    r[0].ch.reset(); // nobody will read it
    CHECK(opens());
}
