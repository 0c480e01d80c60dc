// T70, T71 with whole engines: replies that nobody asked for, and global requests without end.
#include "channel_scene.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

TEST_CASE("T70 ten thousand replies that nobody asked for, then a real one")
{
    for (const role r : both) {
        scene s(r);
        s.victim.keep_trace = false;
        for (int i = 0; i < 10'000; ++i)
            inject(s.peer, i % 4 < 2 ? to_channel(99 + i % 2, s.channel().channel->local_id()) : bare(81 + i % 2));
        s.deliver();
        CHECK_FALSE(s.victim.core->ended());
        CHECK(s.channel().replies.empty());
        CHECK(s.victim.global_replies.empty());
        CHECK(s.channel().channel->request("real", true, {}, 42));
        CHECK(s.victim.core->channels().request_global("real", true, {}, 43));
        s.p.run();
        CHECK(s.channel().replies == std::vector<std::pair<std::uint64_t, bool>>{{42, true}});
        CHECK(s.victim.global_replies == std::vector<std::pair<std::uint64_t, bool>>{{43, false}});
        s.channel().channel->close();
        s.p.run();
        CHECK(s.p.healthy());
    }
}

TEST_CASE("T71 a flood of global requests is answered in order, held back where nobody reads, and never kept")
{
    for (const role r : both) {
        scene s(r);
        s.victim.keep_trace = s.peer.keep_trace = false;
        s.p.pipe_room = 20'000;
        msg::global_request m;
        m.name = "hostkeys-00@openssh.com";
        const bytes rubbish(5000, std::byte(0xff));
        m.rest = rubbish;
        for (const bool want : {true, false}) {
            m.want_reply = want;
            const bytes message = wire::encoded(m);
            for (int i = 0; i < 2000; ++i)
                inject(s.peer, message);
            s.p.run();
        }
        CHECK(s.victim.globals == 4000);
        CHECK(s.p.healthy());
        CHECK(s.victim.core->output().empty());
    }
    for (const role r : both) { // one that the program does not answer: bounded
        scene s(r);
        s.victim.answers_global = false;
        msg::global_request m;
        m.name = "x";
        m.want_reply = true;
        for (std::size_t i = 0; i < s.victim.options.connection.max_pending_global_requests; ++i)
            s.lie(m);
        CHECK_FALSE(s.victim.core->ended());
        s.lie(m);
        CHECK(s.victim.why.code() == errc::too_many_pending);
    }
}

TEST_CASE("T71 a keepalive before log-in ends the connection")
{
    pair p;
    p.client.log_in_at_once = false;
    p.ends_with_stream = false;
    p.start();
    p.run();
    msg::global_request m;
    m.name = "keepalive@openssh.com";
    m.want_reply = true;
    inject_message(p.client, m);
    p.carry(p.client, p.server);
    CHECK(p.server.why.code() == errc::unexpected_message);
    CHECK(p.server.globals == 0);
}
