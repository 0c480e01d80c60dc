#include "mux/requests.hpp"
#include "mux_fixture.hpp"

#include <algorithm>

using namespace mux_test;

TEST_CASE("replies to the peer's requests leave in the order of the requests, whichever is answered first")
{
    std::vector<std::size_t> order = {0, 1, 2, 3, 4};
    do {
        end e;
        recorder r;
        e.opened(r);
        for (int i = 0; i < 5; ++i) {
            REQUIRE(!e.request(r.ch->local_id(), "r", true));
            REQUIRE(!e.request(r.ch->local_id(), "quiet", false)); // no place in the order
        }
        REQUIRE(r.request_tokens.size() == 5);
        for (const std::size_t i : order) {
            r.ch->reply(r.request_tokens[i], i % 2 == 0);
            r.ch->reply(r.request_tokens[i], i % 2 != 0); // a second answer is no answer
        }
        r.ch->reply(0, true);
        r.ch->reply(1000, true);
        REQUIRE(e.sent.size() == 5);
        for (std::size_t i = 0; i < 5; ++i)
            CHECK(e.sent[i][0] == std::byte(i % 2 == 0 ? 99 : 100));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("our requests are matched in order, and an abandoned one keeps its place")
{
    end e;
    recorder r;
    e.opened(r);
    for (std::uint64_t t = 10; t < 14; ++t)
        REQUIRE(r.ch->request("env", true, {}, t).has_value());
    REQUIRE(r.ch->request("env", false, {}, 99).has_value());
    r.ch->abandon_request(11);
    r.ch->abandon_request(77);
    for (int i = 0; i < 4; ++i)
        REQUIRE(!(i == 2 ? e.brief<msg::channel_failure>(r.ch->local_id()) : e.brief<msg::channel_success>(r.ch->local_id())));
    CHECK(r.replies == std::vector<std::pair<std::uint64_t, bool>>{{10, true}, {12, false}, {13, true}});
}

TEST_CASE("T70 replies that nobody asked for are ignored, and the real one is matched")
{
    end e;
    recorder r;
    e.opened(r);
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(!e.brief<msg::channel_success>(r.ch->local_id()));
        REQUIRE(!e.brief<msg::channel_failure>(r.ch->local_id()));
        REQUIRE(!e.feed(msg::request_success()));
        REQUIRE(!e.feed(msg::request_failure()));
    }
    CHECK(r.replies.empty());
    CHECK(e.global_replies.empty());
    CHECK(e.sent.empty());
    REQUIRE(r.ch->request("exec", true, {}, 5).has_value());
    REQUIRE(e.mux.request_global("tcpip-forward", true, {}, 6).has_value());
    REQUIRE(!e.brief<msg::channel_success>(r.ch->local_id()));
    msg::request_success m;
    m.rest = view_of(std::string_view("port"));
    REQUIRE(!e.feed(m));
    CHECK(r.replies == std::vector<std::pair<std::uint64_t, bool>>{{5, true}});
    CHECK(e.global_replies == std::map<std::uint64_t, bool>{{6, true}});
    CHECK(e.global_body == "port");
}

TEST_CASE("limits of requests: one below, at, one above")
{
    mux::settings s;
    s.max_pending_requests = 3;
    s.max_pending_global_requests = 2;
    s.max_outstanding_requests = 4;
    end e(s);
    recorder r, other;
    e.opened(r);
    e.opened(other);
    for (int i = 0; i < 3; ++i)
        REQUIRE(!e.request(r.ch->local_id(), "exec", true));
    REQUIRE(!e.request(r.ch->local_id(), "quiet", false));
    REQUIRE(!e.request(other.ch->local_id(), "exec", true)); // per channel
    r.ch->reply(r.request_tokens[0], true);
    REQUIRE(!e.request(r.ch->local_id(), "exec", true));
    r.ch->reply(r.request_tokens[3], true); // waits behind the older two
    CHECK(e.request(r.ch->local_id(), "exec", true).code() == errc::too_many_pending);
    CHECK(r.requests.size() == 5);

    msg::global_request g;
    g.name = "keepalive@openssh.com";
    g.want_reply = true;
    REQUIRE(!e.feed(g));
    REQUIRE(!e.feed(g));
    CHECK(e.feed(g).code() == errc::too_many_pending);
    g.want_reply = false;
    CHECK(!e.feed(g));
    CHECK(e.globals == 3);

    for (std::uint64_t i = 0; i < 4; ++i) {
        CHECK(r.ch->request("env", true, {}, i).has_value());
        CHECK(e.mux.request_global("x", true, {}, i).has_value());
    }
    CHECK(r.ch->request("env", true, {}, 4).error().code() == errc::too_many_pending);
    CHECK(e.mux.request_global("x", true, {}, 4).error().code() == errc::too_many_pending);
    CHECK(r.ch->request("env", false, {}, 4).has_value());
    CHECK(e.mux.request_global("x", false, {}, 4).has_value());
    REQUIRE(!e.brief<msg::channel_success>(r.ch->local_id()));
    CHECK(r.ch->request("env", true, {}, 4).has_value());
}

TEST_CASE("T77 a flood of requests that want no reply is delivered and leaves nothing behind")
{
    end e;
    recorder r;
    e.opened(r);
    for (int i = 0; i < 100'000; ++i) {
        if (e.request(r.ch->local_id(), "exit-status", false))
            FAIL();
        r.requests.clear();
    }
    CHECK(e.sent.empty());
}

TEST_CASE("T71 global requests are answered in order, with their bodies")
{
    end e;
    msg::global_request g;
    g.name = "tcpip-forward";
    g.want_reply = true;
    for (int i = 0; i < 3; ++i)
        REQUIRE(!e.feed(g));
    e.mux.reply_global(e.global_tokens[2], true, view_of(std::string_view("two")));
    e.mux.reply_global(e.global_tokens[1], false);
    CHECK(e.sent.empty());
    e.mux.reply_global(e.global_tokens[0], true, view_of(std::string_view("zero")));
    CHECK(text_of(e.next<msg::request_success>().rest) == "zero");
    e.next<msg::request_failure>();
    CHECK(text_of(e.next<msg::request_success>().rest) == "two");
    CHECK(e.sent.empty());

    e.at_global = [&](const mux::incoming_global_request& r) {
        if (r.want_reply)
            e.mux.reply_global(r.token, false); // from inside the call
    };
    for (int i = 0; i < 100'000; ++i) {
        if (e.feed(g))
            FAIL();
        e.sent.clear();
        e.global_tokens.clear();
    }
}

TEST_CASE("T71 our abandoned global request keeps its place")
{
    end e;
    for (std::uint64_t t = 1; t <= 3; ++t)
        REQUIRE(e.mux.request_global("keepalive@openssh.com", true, {}, t).has_value());
    e.mux.abandon_global(2);
    REQUIRE(!e.feed(msg::request_failure()));
    REQUIRE(!e.feed(msg::request_success()));
    REQUIRE(!e.feed(msg::request_success()));
    CHECK(e.global_replies == std::map<std::uint64_t, bool>{{1, false}, {3, true}});
}

TEST_CASE("answers after our CLOSE are dropped")
{
    end e;
    recorder r;
    e.opened(r);
    REQUIRE(!e.request(r.ch->local_id(), "exec", true));
    r.ch->close();
    e.sent.clear();
    r.ch->reply(r.request_tokens[0], true);
    CHECK(e.sent.empty());
    REQUIRE(!e.brief<msg::channel_close>(r.ch->local_id()));
    r.ch->reply(r.request_tokens[0], true);
    CHECK(e.sent.empty());
}

TEST_CASE("the end of the connection reaches every channel and every global request once")
{
    pair p;
    recorder open, opening, closing, detached, eof;
    end& e = p.left;
    for (recorder* r : {&open, &closing, &detached, &eof})
        e.opened(*r);
    opening.ch = *e.mux.open("session", {}, opening);
    closing.ch->close();
    detached.ch->detach();
    REQUIRE(!e.data(open.ch->local_id(), "rest"));
    REQUIRE(!e.brief<msg::channel_eof>(eof.ch->local_id()));
    REQUIRE(e.mux.request_global("a", true, {}, 1).has_value());
    REQUIRE(e.mux.request_global("b", true, {}, 2).has_value());
    REQUIRE(open.ch->request("exec", true, {}, 1).has_value());
    e.mux.abandon_global(1);
    e.sent.clear();
    e.mux.shut({errc::connection_lost, "cable"});
    e.mux.shut(errc::closed);
    for (recorder* r : {&open, &opening, &closing, &eof}) {
        CHECK(r->closed == 1);
        CHECK(r->why.code() == errc::connection_lost);
        CHECK(r->why.context() == "cable");
        CHECK(r->ch->is_closed());
        CHECK(r->ch->write_failure().code() == errc::connection_lost);
        CHECK(r->ch->write(mux::stream::data, view_of(std::string_view("x"))) == 0);
        CHECK(r->ch->request("x", true, {}, 1).has_error());
        r->ch->send_eof();
        r->ch->close();
        r->ch->detach();
    }
    CHECK(detached.calls() == 1);
    CHECK(opening.refused + opening.confirmed == 0);
    CHECK(e.global_replies == std::map<std::uint64_t, bool>{{2, false}});
    CHECK(e.mux.open("session", {}, open).error().code() == errc::connection_lost);
    CHECK(e.mux.request_global("x", true, {}, 1).error().code() == errc::connection_lost);
    CHECK(e.peer_opens().code() == errc::connection_lost);
    e.mux.sending_possible();
    CHECK(e.sent.empty());
    CHECK(e.mux.channel_count() == 0);
}

TEST_CASE("what was queued can be read after the connection and the multiplexer are gone")
{
    recorder r;
    {
        end e;
        e.opened(r);
        REQUIRE(!e.data(r.ch->local_id(), "last words"));
        if (GENERATE(true, false))
            e.mux.shut(errc::connection_lost);
    }
    CHECK(r.read() == "last words");
    CHECK(r.ch->at_eof(mux::stream::data));
    CHECK(r.ch->write_failure());
    r.ch->close();
    r.ch->detach();
}
