// Channels through two whole engines: programs, a hundred streams, readers that stop, peers that grant little or all.
#include "catch.hpp"
#include "pair.hpp"
#include "wire/connection_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

TEST_CASE("a program gets its command, talks both ways, says how it ended and closes")
{
    for (const chunks how : {chunks::whole, chunks::one_byte, chunks::random}) {
        pair p(how);
        p.server.at_accept = [](tube& t) {
            t.serve = [](tube& self, const mux::incoming_request& r) {
                self.channel->reply(r.token, r.type == "exec");
                self.send(20'000);
                self.channel->write(mux::stream::error, view_of(std::string_view("warning")));
            };
        };
        p.log_in();
        tube& t = p.client.open();
        p.run();
        REQUIRE(t.confirmed == 1);
        CHECK(t.channel->request("exec", true, view_of(std::string_view("\0\0\0\2ls", 6)), 7));
        t.send(10'000);
        t.channel->send_eof();
        p.run();
        tube& program = *p.server.tubes.at(0);
        CHECK(program.requests == std::vector<std::string>{"exec"});
        REQUIRE(t.replies.size() == 1);
        CHECK(t.replies[0] == std::pair<std::uint64_t, bool>(7, true));
        CHECK(program.received == 10'000);
        CHECK(program.intact);
        CHECK(program.eofs == 1);
        CHECK(t.received == 20'000);
        CHECK(t.intact);
        CHECK(t.error_bytes == 7);
        CHECK(program.channel->request("exit-status", false, {}, 0));
        program.channel->close();
        p.run();
        CHECK(t.requests == std::vector<std::string>{"exit-status"});
        CHECK(t.over_once());
        CHECK(program.over_once());
        CHECK(p.client.core->channels().channel_count() == 0);
        CHECK(p.server.core->channels().channel_count() == 0);
        CHECK(p.healthy());
    }
}

TEST_CASE("T79 one reader of a hundred stops: the others go on, it holds at most its window, and goes on later")
{
    pair p;
    p.client.keep_trace = p.server.keep_trace = false;
    const std::uint64_t each = 300'000;
    p.server.at_accept = [&](tube& t) {
        t.takes = p.server.tubes.size() != 1;
        t.send(each);
    };
    p.log_in();
    for (int i = 0; i < 100; ++i)
        p.client.open().send(each);
    p.run();
    REQUIRE(p.server.tubes.size() == 100);
    tube& stopped = *p.server.tubes[0];
    for (std::size_t i = 1; i < 100; ++i) {
        CHECK(p.server.tubes[i]->received == each);
        CHECK(p.server.tubes[i]->intact);
    }
    CHECK(all_received(p.client, each)); // its other direction goes on as well
    CHECK(stopped.received == 0);
    CHECK(stopped.channel->queued(mux::stream::data) == stopped.channel->window_size());
    CHECK(stopped.channel->window_size() == p.server.options.connection.initial_window);
    stopped.takes = true;
    while (stopped.received < each) {
        const std::uint64_t before = stopped.received;
        stopped.drain();
        p.run();
        REQUIRE(stopped.received > before);
    }
    CHECK(stopped.intact);
    CHECK(p.healthy());
}

TEST_CASE("a stream that is slower than its writers stops them, and nothing piles up")
{
    pair p;
    p.pipe_room = 10'000;
    p.log_in();
    std::size_t most = 0;
    p.client.hook = [&] { most = std::max(most, p.client.core->output().size()); };
    for (int i = 0; i < 20; ++i)
        p.client.open();
    p.run();
    p.server_reads = false;
    for (const auto& t : p.client.tubes)
        t->send(1'000'000);
    most = std::max(most, p.client.core->output().size());
    p.run();
    CHECK(p.client.core->output().size() < p.client.options.output_high + 40'000);
    p.server_reads = true;
    p.run();
    CHECK(all_received(p.server, 1'000'000));
    CHECK(most < p.client.options.output_high + 40'000);
}

TEST_CASE("a peer that grants one byte at a time, or 2^32-1 at once, gets what it grants")
{
    // The peer is an engine whose windows a script moves.
    for (const bool tiny : {true, false}) {
        pair p;
        p.client.keep_trace = p.server.keep_trace = false;
        p.server.options.connection.initial_window = 0;
        p.server.options.connection.max_window = 0;
        p.server.at_accept = [](tube& t) { t.takes = false; };
        p.log_in();
        tube& t = p.client.open();
        p.run();
        const std::uint64_t n = tiny ? 3000 : 3'000'000;
        t.send(n);
        p.run();
        CHECK(t.sent == 0);
        wire::msg::channel_window_adjust grant;
        grant.recipient = p.server.tubes[0]->channel->remote_id();
        grant.bytes = tiny ? 1 : 0xffffffff;
        if (!tiny) {
            // The receiver cannot hold that much; the sender's side is what is looked at.
            p.server_reads = false;
            inject_message(p.server, grant);
            p.run();
            CHECK(t.channel->remote_window() == 0xffffffffu - t.sent);
            CHECK(t.sent > 0);
            CHECK(p.client.core->output().size() < p.client.options.output_high + 40'000);
            continue;
        }
        for (std::uint64_t i = 0; i < n; ++i) {
            inject_message(p.server, grant);
            p.carry(p.server, p.client);
            REQUIRE(t.sent == i + 1);
        }
        CHECK(t.channel->count().packets_out == n);
        CHECK(t.sent_all());
    }
}

TEST_CASE("both sides may close and end in every order while data is under way")
{
    for (int order = 0; order < 16; ++order)
        for (const chunks how : {chunks::whole, chunks::random}) {
            pair p(how, std::uint64_t(order) + 1);
            p.server.at_accept = [](tube& t) { t.send(50'000); };
            p.log_in();
            tube& t = p.client.open();
            t.send(50'000);
            p.carry(p.client, p.server);
            p.carry(p.server, p.client);
            tube& s = *p.server.tubes.at(0);
            if (order & 1)
                t.channel->send_eof();
            if (order & 2)
                s.channel->send_eof();
            if (order & 4)
                t.channel->close();
            if (order & 8)
                s.channel->close();
            p.run();
            t.channel->close();
            p.run();
            CHECK(t.over_once());
            CHECK(s.over_once());
            CHECK(t.intact);
            CHECK(s.intact);
            CHECK(p.healthy());
            CHECK(p.client.core->channels().channel_count() == 0);
            CHECK(p.server.core->channels().channel_count() == 0);
        }
}

TEST_CASE("the end of a connection reaches every operation exactly once, from either side")
{
    for (const bool by_client : {true, false})
        for (const bool lost : {true, false}) {
            pair p;
            p.log_in();
            p.server.accepts = false;
            tube& undecided = p.client.open();
            p.run();
            p.server.accepts = true;
            tube& open = p.client.open();
            open.takes = false;
            p.run();
            tube& served = *p.server.tubes.at(0);
            served.serve = [](tube&, const mux::incoming_request&) {}; // never answers
            p.server.answers_global = false;
            CHECK(open.channel->request("exec", true, {}, 1));
            CHECK(p.client.core->channels().request_global("a", true, {}, 2));
            p.client.core->ping(3);
            open.send(10'000'000);
            served.send(1000);
            p.run();
            CHECK(open.channel->queued(mux::stream::data) == 1000);
            if (lost)
                p.lose();
            else
                (by_client ? p.client : p.server).core->disconnect(disconnect_reason::by_application, "enough");
            p.run();
            CHECK(undecided.over_once());
            CHECK(open.over_once());
            CHECK(served.over_once());
            CHECK(p.client.global_replies == std::vector<std::pair<std::uint64_t, bool>>{{2, false}});
            CHECK(open.replies.empty()); // on_closed() stands for it
            for (const end* e : {&p.client, &p.server}) {
                CHECK(e->ends == 1);
                CHECK(e->told_after_end == 0);
                const bool own = !lost && (by_client == (e == &p.client));
                CHECK(e->why.code() == (lost ? errc::connection_lost : own ? errc::closed : errc::disconnected));
            }
            open.drain(); // what had arrived stays readable
            CHECK(open.received == 1000);
            CHECK(open.channel->write(mux::stream::data, view_of(std::string_view("x"))) == 0);
            CHECK(open.channel->write_failure().code() == p.client.why.code());
        }
}

TEST_CASE("pings and global requests are answered, also where the peer has no ping extension")
{
    pair p;
    p.log_in();
    CHECK(p.client.core->wire().extensions().ping);
    p.client.core->ping(11); // PING
    p.server.core->ping(12); // a server does not learn what a client can: global request
    CHECK(p.client.core->channels().request_global("unknown", true, {}, 13));
    p.run();
    CHECK(p.client.pongs == std::vector<std::uint64_t>{11});
    CHECK(p.server.pongs == std::vector<std::uint64_t>{12});
    CHECK(p.client.global_replies == std::vector<std::pair<std::uint64_t, bool>>{{13, false}});
}
