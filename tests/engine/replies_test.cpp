// Replies that come as SSH_MSG_UNIMPLEMENTED, or not in time: with a clock that stands still unless told.
#include "catch.hpp"
#include "pair.hpp"
#include "wire/connection_messages.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// The server says that it does not know the packet which the client sent last.
void disown_last(pair& p)
{
    wire::msg::unimplemented m;
    m.sequence = guts(p.client).writer_.next_sequence() - 1;
    inject_message(p.server, m);
}

} // namespace

TEST_CASE("keepalives answered with UNIMPLEMENTED keep a connection for good, and take no other reply")
{
    pair p;
    p.client.options.keepalive_interval = seconds(30);
    p.client.options.keepalive_count = 3;
    p.client.keep_trace = p.server.keep_trace = false;
    p.server.answers_global = false;
    p.server.options.connection.max_pending_global_requests = 4000;
    p.log_in();
    REQUIRE(p.logged_in());
    for (int i = 0; i < 3000; ++i) {
        p.advance(seconds(30));
        REQUIRE(p.server.global_tokens.size() == std::size_t(i + 1));
        disown_last(p);
        p.run();
        REQUIRE(p.healthy());
    }
    CHECK(p.client.core->channels().request_global("question", true, {}, 77));
    inject(p.server, bare(81));
    p.run();
    CHECK(p.client.global_replies == std::vector<std::pair<std::uint64_t, bool>>{{77, true}});
}

TEST_CASE("reply_timeout: an open, a channel request and a global request are waited for as long, and not longer")
{
    constexpr auto limit = milliseconds(500);
    for (const auto passes : {limit - milliseconds(1), limit, limit + milliseconds(1)}) {
        pair p;
        p.client.options.connection.reply_timeout = limit;
        p.server.answers_global = false;
        p.server.at_accept = [](tube& t) { t.serve = [](tube&, const mux::incoming_request&) {}; }; // no answer
        p.log_in();
        REQUIRE(p.logged_in());
        tube& open = p.client.open();
        p.run();
        p.server.accepts = false;
        CHECK(open.channel->request("exec", true, {}, 1));
        CHECK(p.client.core->channels().request_global("question", true, {}, 2));
        tube& opening = p.client.open();
        p.run();
        p.advance(passes);
        const bool over = passes >= limit;
        CHECK(open.replies.size() == (over ? 1u : 0u));
        CHECK(p.client.global_replies.size() == (over ? 1u : 0u));
        CHECK(opening.closed == (over ? 1 : 0));
        if (over)
            CHECK(opening.why.code() == errc::timed_out);
        CHECK(p.healthy());
        // What comes late belongs to what was asked, and what was given up is closed.
        REQUIRE(p.server.undecided.size() == 1);
        p.server.tubes.push_back(std::make_unique<tube>(p.server.hook));
        tube& late = *p.server.tubes.back();
        late.channel = p.server.core->channels().accept(p.server.undecided[0], late);
        p.run();
        CHECK(late.closed == (over ? 1 : 0));
        CHECK(p.healthy());
    }
}

TEST_CASE("UNIMPLEMENTED for a request that waited behind a key exchange names the packet that it became")
{
    pair p;
    p.server.answers_global = false;
    p.log_in();
    REQUIRE(p.logged_in());
    p.client.core->rekey();
    CHECK(p.client.core->channels().request_global("early", true, {}, 1));
    CHECK(p.client.core->channels().request_global("late", true, {}, 2));
    p.run();
    REQUIRE(p.client.rekeys_done == 1);
    REQUIRE(p.server.global_tokens.size() == 2);
    disown_last(p);
    p.run();
    CHECK(p.client.global_replies == std::vector<std::pair<std::uint64_t, bool>>{{2, false}});
    p.server.core->channels().reply_global(p.server.global_tokens[0], true);
    p.run();
    CHECK(p.client.global_replies == std::vector<std::pair<std::uint64_t, bool>>{{2, false}, {1, true}});
}

TEST_CASE("with new keys behind every packet both directions move, and each exchange lets something through")
{
    for (const bool both : {false, true})
        for (const chunks how : {chunks::whole, chunks::random}) {
            pair p(how);
            p.client.keep_trace = p.server.keep_trace = false;
            p.client.options.transport.rekey_bytes = 16;
            if (both)
                p.server.options.transport.rekey_bytes = 16;
            p.log_in();
            REQUIRE(p.logged_in());
            tube& t = p.client.open();
            p.run();
            tube& far = *p.server.tubes.at(0);
            t.piece = far.piece = 1000;
            t.send(20'000);
            far.send(20'000);
            p.run();
            CHECK(p.healthy());
            CHECK(t.received == 20'000);
            CHECK(far.received == 20'000);
            const auto& n = p.client.core->wire().count();
            CHECK(n.key_exchanges > 5);
            CHECK(n.key_exchanges < 200);
        }
}
