// New keys at every moment: after every packet, from both ends at once, with no window, while channels close.
#include "catch.hpp"
#include "pair.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

namespace {

void no_trace(pair& p) { p.client.keep_trace = p.server.keep_trace = false; }

void balanced(const pair& p)
{
    for (const end* e : {&p.client, &p.server}) {
        CHECK(e->rekeys_begun == e->rekeys_done);
        CHECK(std::uint64_t(e->rekeys_done) + 1 <= e->core->wire().count().key_exchanges);
    }
}

} // namespace

TEST_CASE("new keys after every packet, both ways, while a hundred channels stream")
{
    pair p;
    no_trace(p);
    p.server.at_accept = [](tube& t) { t.send(600); };
    p.log_in();
    for (int i = 0; i < 100; ++i)
        p.client.open();
    p.run();
    p.client.options.transport.rekey_packets = p.server.options.transport.rekey_packets = 1;
    p.client.core->rekey(); // the limit counts from here
    p.run();
    for (int i = 0; i < 100; ++i) {
        p.client.tubes[std::size_t(i)]->piece = 300;
        p.client.tubes[std::size_t(i)]->send(600);
        p.server.tubes[std::size_t(i)]->send(600);
    }
    p.run();
    CHECK(all_received(p.client, 1200));
    CHECK(all_received(p.server, 600));
    CHECK(p.healthy());
    CHECK(p.client.core->wire().count().key_exchanges > 100);
    balanced(p);
}

TEST_CASE("new keys every few packets while bytes come in pieces")
{
    for (const chunks how : {chunks::one_byte, chunks::random}) {
        pair p(how, 7);
        no_trace(p);
        p.client.options.transport.rekey_packets = 7;
        p.server.options.transport.rekey_packets = 5;
        p.server.at_accept = [](tube& t) { t.send(20'000); };
        p.log_in();
        for (int i = 0; i < 5; ++i) {
            tube& t = p.client.open();
            t.piece = 1000;
            t.send(20'000);
        }
        p.run();
        CHECK(all_received(p.client, 20'000));
        CHECK(all_received(p.server, 20'000));
        CHECK(p.healthy());
        balanced(p);
    }
}

TEST_CASE("T33 both ends ask for new keys at once, again and again")
{
    pair p;
    p.log_in();
    tube& t = p.client.open();
    p.run();
    for (int i = 0; i < 50; ++i) {
        t.send(1000);
        p.server.tubes.at(0)->send(1000);
        p.client.core->rekey();
        p.server.core->rekey();
        if (i % 2)
            p.client.core->rekey(); // asking twice is asking once
        p.run();
    }
    CHECK(p.healthy());
    CHECK(p.client.core->wire().count().key_exchanges == 51);
    CHECK(t.received == 50'000);
    CHECK(p.server.tubes[0]->received == 50'000);
    balanced(p);
}

TEST_CASE("T33 new keys while every window is used up")
{
    pair p;
    p.server.at_accept = [](tube& t) {
        t.takes = false;
        t.send(1'000'000);
    };
    p.log_in();
    for (int i = 0; i < 4; ++i) {
        tube& t = p.client.open();
        t.takes = false;
        t.send(1'000'000);
    }
    p.run();
    for (const auto& t : p.client.tubes)
        CHECK(t->channel->remote_window() == 0);
    for (int i = 0; i < 3; ++i) {
        (i == 1 ? p.server : p.client).core->rekey();
        // Half of the time the credit is given while the exchange is under way.
        if (i == 2)
            p.carry(p.client, p.server);
        for (const auto& t : p.server.tubes)
            t->drain();
        p.run();
    }
    CHECK(p.healthy());
    for (int i = 0; i < 100; ++i) {
        for (end* e : {&p.client, &p.server})
            for (const auto& t : e->tubes)
                t->drain();
        p.run();
    }
    CHECK(all_received(p.client, 1'000'000));
    CHECK(all_received(p.server, 1'000'000));
    balanced(p);
}

TEST_CASE("T33 new keys while channels close, whoever asks and whoever closes")
{
    for (int variant = 0; variant < 16; ++variant) {
        pair p(chunks::whole, std::uint64_t(variant) + 1);
        p.server.at_accept = [](tube& t) { t.send(100'000); };
        p.log_in();
        for (int i = 0; i < 6; ++i)
            p.client.open().send(100'000);
        p.carry(p.client, p.server);
        end& asks = variant & 1 ? p.client : p.server;
        end& closes = variant & 2 ? p.client : p.server;
        if (variant & 4)
            asks.core->rekey();
        if (variant & 8)
            p.carry(asks, p.other(asks));
        for (const auto& t : closes.tubes)
            t->channel->close();
        asks.core->rekey();
        p.run();
        // Those of the client that had not been confirmed when the server closed live on until now.
        for (const auto& t : p.client.tubes)
            t->channel->close();
        p.run();
        CHECK(p.healthy());
        CHECK(p.client.core->channels().channel_count() == 0);
        CHECK(p.server.core->channels().channel_count() == 0);
        for (end* e : {&p.client, &p.server})
            for (const auto& t : e->tubes) {
                CHECK(t->over_once());
                CHECK(t->intact);
            }
        balanced(p);
    }
}

TEST_CASE("T33 new keys between a command and its exit status")
{
    for (const bool by_client : {true, false}) {
        pair p(chunks::random, 3);
        p.log_in();
        tube& t = p.client.open();
        p.run();
        CHECK(t.channel->request("exec", true, {}, 1));
        (by_client ? p.client : p.server).core->rekey();
        p.carry(p.client, p.server);
        p.carry(p.server, p.client);
        p.client.core->rekey();
        p.run();
        REQUIRE(p.server.tubes.size() == 1);
        tube& program = *p.server.tubes[0];
        p.server.core->rekey();
        CHECK(program.channel->request("exit-status", false, {}, 0));
        program.channel->close();
        p.run();
        CHECK(t.replies.size() == 1);
        CHECK(t.requests.size() == 1);
        CHECK(t.over_once());
        CHECK(p.healthy());
    }
}

TEST_CASE("one write may be far larger than what a key may protect")
{
    pair p;
    no_trace(p);
    p.client.options.transport.rekey_bytes = 64 * 1024;
    p.log_in();
    tube& t = p.client.open();
    p.run();
    t.send(4'000'000); // the pattern's period is the largest piece; the writes follow each other without a pause
    p.run();
    CHECK(p.server.tubes.at(0)->received == 4'000'000);
    CHECK(p.server.tubes[0]->intact);
    CHECK(p.client.core->wire().count().key_exchanges >= 55);
    CHECK(p.healthy());
    balanced(p);
}

TEST_CASE("new keys by time")
{
    pair p;
    p.client.options.transport.rekey_time = std::chrono::minutes(10);
    p.log_in();
    p.advance(std::chrono::minutes(10) - std::chrono::nanoseconds(1));
    CHECK(p.client.core->wire().count().key_exchanges == 1);
    p.advance(std::chrono::nanoseconds(1));
    CHECK(p.client.core->wire().count().key_exchanges == 2);
    p.advance(std::chrono::minutes(10));
    CHECK(p.client.core->wire().count().key_exchanges == 3);
    CHECK(p.healthy());
}

TEST_CASE("limits of keys can change while the keys are in use")
{
    pair p;
    no_trace(p);
    p.log_in();
    tube& t = p.client.open();
    p.run();
    t.send(200'000);
    p.run();
    CHECK(p.client.core->wire().count().key_exchanges == 1);
    p.client.core->set_rekey_limits(rekey_limits(64 * 1024, std::chrono::minutes(1)));
    t.send(200'000);
    p.run();
    const auto by_bytes = p.client.core->wire().count().key_exchanges;
    CHECK(by_bytes >= 3);
    p.advance(std::chrono::minutes(1) - std::chrono::nanoseconds(1));
    CHECK(p.client.core->wire().count().key_exchanges == by_bytes);
    p.advance(std::chrono::nanoseconds(1));
    CHECK(p.client.core->wire().count().key_exchanges == by_bytes + 1);
    p.client.core->set_rekey_limits(rekey_limits());
    p.advance(std::chrono::hours(1));
    CHECK(p.client.core->wire().count().key_exchanges == by_bytes + 1);
    CHECK(p.healthy());
}
