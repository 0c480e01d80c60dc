#include "mux_fixture.hpp"

using namespace mux_test;

namespace {

enum class call { confirmed, refused, data, eof, writable, request, reply, closed };

void hook(recorder& r, call ev, std::function<void()> f)
{
    switch (ev) {
    case call::confirmed: r.at_confirmed = f; break;
    case call::refused: r.at_refused = f; break;
    case call::data: r.at_data = f; break;
    case call::eof: r.at_eof = f; break;
    case call::writable: r.at_writable = f; break;
    case call::request: r.at_request = f; break;
    case call::reply: r.at_reply = f; break;
    case call::closed: r.at_closed = f; break;
    }
}

/// Makes the call happen on a channel that is being opened.
void provoke(end& e, recorder& r, call ev)
{
    const std::uint32_t id = r.ch->local_id();
    if (ev == call::refused) {
        REQUIRE(!e.refuse_open(id));
        return;
    }
    REQUIRE(!e.confirm(id, 0));
    if (!r.ch)
        return; // dropped itself
    switch (ev) {
    case call::data: REQUIRE(!e.data(id, "0123456789")); break;
    case call::eof: REQUIRE(!e.brief<msg::channel_eof>(id)); break;
    case call::writable:
        r.ch->write(mux::stream::data, view_of(std::string_view("x")));
        REQUIRE(!e.adjust(id, 100));
        break;
    case call::request: REQUIRE(!e.request(id, "exec", true)); break;
    case call::reply:
        REQUIRE(r.ch->request("exec", true, {}, 1).has_value());
        REQUIRE(!e.brief<msg::channel_success>(id));
        break;
    case call::closed: REQUIRE(!e.brief<msg::channel_close>(id)); break;
    default: break;
    }
}

} // namespace

TEST_CASE("every call may be made from inside every callback, and the pointer may be dropped there")
{
    const auto ev = GENERATE(call::confirmed, call::refused, call::data, call::eof, call::writable, call::request,
                             call::reply, call::closed);
    const int what = GENERATE(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    const bool drop = GENERATE(false, true);
    end e;
    auto r = std::make_unique<recorder>();
    std::vector<std::unique_ptr<recorder>> more;
    r->ch = *e.mux.open("session", {}, *r);
    const std::uint32_t id = r->ch->local_id();
    bool ran = false;
    int calls_after_leaving = 0;
    hook(*r, ev, [&] {
        if (ran) {
            calls_after_leaving += what == 3;
            return;
        }
        ran = true;
        char buffer[4];
        switch (what) {
        case 0: r->ch->read(mux::stream::data, std::as_writable_bytes(std::span(buffer))); break;
        case 1: r->ch->write(mux::stream::data, view_of(std::string_view("text"))); break;
        case 2: r->ch->close(); break;
        case 3: r->ch->detach(); break;
        case 4: (void)r->ch->request("env", true, {}, 9); break;
        case 5:
            if (!r->request_tokens.empty())
                r->ch->reply(r->request_tokens[0], true);
            break;
        case 6:
            for (int i = 0; i < 100; ++i) { // the table moves
                more.push_back(std::make_unique<recorder>());
                more.back()->ch = *e.mux.open("session", {}, *more.back());
            }
            break;
        case 7: r->ch->discard(mux::stream::data); break;
        case 8: r->ch->send_eof(); break;
        default: e.mux.sending_possible(); break;
        }
        if (drop)
            r->ch.reset();
    });
    provoke(e, *r, ev);
    CHECK(ran);
    CHECK(calls_after_leaving == 0);
    if (what == 3)
        CHECK(r->closed == (ev == call::closed));
    if (what == 7 && r->ch)
        CHECK(r->ch->queued(mux::stream::data) == 0);
    if (ev != call::refused && ev != call::closed && !r->closed)
        REQUIRE(!e.brief<msg::channel_close>(id));
    if (what == 3)
        r.reset(); // it has left, so it may go before the multiplexer
    e.mux.shut(errc::closed);
    CHECK(e.mux.channel_count() == 0);
}

TEST_CASE("channels are detached, closed and dropped from inside each other's end")
{
    end e;
    std::vector<recorder> r(50);
    for (auto& x : r)
        e.opened(x);
    int after_leaving = 0;
    std::vector<bool> left(50);
    for (std::size_t i = 0; i < 50; ++i) {
        r[i].at_closed = [&, i] {
            after_leaving += left[i];
            for (const std::size_t other : {(i + 1) % 50, (i + 49) % 50, (i * 7 + 3) % 50}) {
                if (other == i || !r[other].ch)
                    continue;
                left[other] = true;
                r[other].ch->detach();
                r[other].ch.reset();
            }
            CHECK(e.mux.open("session", {}, r[i]).has_error());
            r[i].ch.reset();
        };
    }
    e.mux.shut(errc::connection_lost);
    CHECK(after_leaving == 0);
    CHECK(e.mux.channel_count() == 0);
}

TEST_CASE("a writer woken from the line may detach the ones behind it")
{
    end e;
    recorder a, b, c;
    for (recorder* r : {&a, &b, &c})
        e.opened(*r);
    e.gate = false;
    for (recorder* r : {&a, &b, &c})
        r->ch->write(mux::stream::data, view_of(std::string_view("text")));
    a.at_writable = [&] {
        b.ch->detach();
        b.ch.reset();
        a.ch->write(mux::stream::data, view_of(std::string_view("text")));
        e.mux.sending_possible(); // nested
    };
    c.at_writable = [&] { e.mux.shut(errc::connection_lost); };
    e.open_gate();
    CHECK(a.writable == 1);
    CHECK(b.writable == 0);
    CHECK(c.writable == 1);
    CHECK(c.closed == 1);
    CHECK(e.count<msg::channel_data>() == 1);
}
