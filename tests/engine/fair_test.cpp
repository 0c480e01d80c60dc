// Fair sending and its limits with whole engines: several channels on one connection whose stream is slower than they are.
#include "catch.hpp"
#include "pair.hpp"

#include <algorithm>

using namespace sshoal;
using namespace sshoal::engine::test;
using namespace std::chrono_literals;

namespace {

/// Lets the clock run from one deadline to the next, until then.
void run_until(pair& p, time_point end)
{
    for (;;) {
        p.run();
        const time_point next = std::min(p.client.core->next_deadline(), p.server.core->next_deadline());
        if (next > end)
            break;
        p.now = next;
    }
    p.now = end;
    p.run();
}

} // namespace

TEST_CASE("L28 an echo passes full-rate transfers in both directions: no bulk goes before it once it has been written")
{
    const bool terminal = GENERATE(false, true);
    pair p;
    p.pipe_room = 20'000;
    p.client.keep_trace = p.server.keep_trace = false;
    p.log_in();
    tube& bulk = p.client.open();
    tube& other = p.client.open();
    tube& echo = p.client.open();
    p.run();
    tube& answers = *p.server.tubes[2];
    if (terminal)
        for (tube* t : {&echo, &answers})
            t->channel->set_terminal();
    const std::uint64_t all = 12'000'000;
    struct side {
        tube *bulk, *other, *small;
        std::uint64_t begun = 0, worst = 0;
        bool waits = false;
        void write(std::uint64_t n)
        {
            begun = bulk->sent + other->sent;
            waits = true;
            small->send(n);
            look();
        }
        void look()
        {
            if (!waits || !small->sent_all())
                return;
            waits = false;
            worst = std::max(worst, bulk->sent + other->sent - begun);
        }
    };
    side up{&bulk, &other, &echo};
    side down{p.server.tubes[0].get(), p.server.tubes[1].get(), &answers};
    p.client.hook = [&] { up.look(); };
    p.server.hook = [&] { down.look(); };
    int echoes = 0;
    p.between_turns = [&] {
        up.look();
        down.look();
        if (answers.received > answers.due)
            down.write(answers.received - answers.due);
        if (!up.waits && echo.received == echo.due && bulk.sent < all / 2) {
            ++echoes;
            up.write(1 + std::uint64_t(echoes) % 40);
        }
    };
    for (tube* t : {&bulk, &other, down.bulk, down.other})
        t->send(all);
    p.run();
    CHECK(echoes > 20);
    CHECK(echo.received == echo.due);
    CHECK(up.worst == 0);
    CHECK(down.worst == 0);
    for (tube* t : {&bulk, &other, down.bulk, down.other}) {
        CHECK(t->received == all);
        CHECK(t->intact);
    }
}

TEST_CASE("L28 two transfers and a slow stream: equal parts, whatever they write at a time")
{
    pair p;
    p.pipe_room = 30'000;
    p.log_in();
    tube& large = p.client.open();
    tube& small = p.client.open();
    small.piece = 700;
    p.run();
    std::uint64_t most = 0;
    p.client.hook = [&] {
        if (large.sent > 1'000'000 && large.sent < 7'000'000)
            most = std::max(most, std::max(large.sent, small.sent) - std::min(large.sent, small.sent));
    };
    large.send(8'000'000);
    small.send(8'000'000);
    p.run();
    CHECK(most > 0);
    CHECK(most <= 256 * 1024 + 2 * 65'536); // the first fills the output before the second comes
    CHECK(p.server.tubes[0]->received == 8'000'000);
    CHECK(p.server.tubes[1]->received == 8'000'000);
}

TEST_CASE("keys are exchanged while channels wait in every list, and nobody is forgotten")
{
    const bool from_client = GENERATE(false, true);
    pair p;
    p.pipe_room = 10'000;
    p.client.options.connection.send_rate = 4'000'000;
    p.log_in();
    for (int i = 0; i < 30; ++i)
        p.client.open();
    p.run();
    for (std::size_t i = 0; i < 30; ++i) {
        tube& t = *p.client.tubes[i];
        t.eof_at_end = true;
        if (i % 3 == 0)
            t.channel->set_priority(channel_priority::interactive);
        if (i % 3 == 1)
            t.channel->set_send_rate(300'000);
    }
    p.server_reads = false;
    for (const auto& t : p.client.tubes)
        t->send(200'000);
    p.run();
    for (int i = 0; i < 20; ++i) {
        (from_client ? p.client : p.server).core->rekey();
        p.server_reads = true;
        run_until(p, p.now + 50ms);
        p.server_reads = false;
        p.run();
    }
    p.server_reads = true;
    run_until(p, p.now + 10s);
    CHECK(p.healthy());
    CHECK(p.client.rekeys_done >= 15);
    for (const auto& t : p.server.tubes) {
        CHECK(t->received == 200'000);
        CHECK(t->intact);
        CHECK(t->eofs == 1);
    }
}

TEST_CASE("a limited connection sends at its rate, and everything but data at once")
{
    pair p;
    p.client.options.connection.send_rate = 1'000'000;
    p.client.options.connection.channel_send_rate = 900'000;
    p.server.options.connection.initial_window = p.server.options.connection.max_window = 100'000'000;
    p.log_in();
    tube& a = p.client.open();
    tube& b = p.client.open();
    p.run();
    for (tube* t : {&a, &b}) {
        t->eof_at_end = true;
        t->send(4'000'000);
    }
    run_until(p, p.now + 2s);
    const std::uint64_t both = p.server.tubes[0]->received + p.server.tubes[1]->received;
    CHECK(both <= 2'050'000);
    CHECK(both >= 1'950'000);
    CHECK(p.server.tubes[0]->received >= 900'000);
    CHECK(p.server.tubes[1]->received >= 900'000);
    // Requests and the other direction are not held back.
    REQUIRE(a.channel->request("exec", true, {}, 7).has_value());
    p.server.tubes[0]->send(5'000'000);
    p.run();
    CHECK(a.replies.size() == 1);
    CHECK(a.received == 5'000'000);
    CHECK(p.server.tubes[0]->eofs == 0);
    // Without the connection's limit the channels have their own.
    p.client.core->channels().set_send_rate(0);
    const std::uint64_t before = p.server.tubes[0]->received;
    run_until(p, p.now + 1s);
    CHECK(p.server.tubes[0]->received - before >= 850'000);
    CHECK(p.server.tubes[0]->received - before <= 1'000'000);
    a.channel->set_send_rate(0);
    p.run();
    CHECK(p.server.tubes[0]->received == 4'000'000);
    CHECK(p.server.tubes[0]->eofs == 1);
    CHECK(p.server.tubes[1]->received < 4'000'000);
    // CLOSE does not wait; what write() has not taken is not sent.
    b.channel->close();
    p.run();
    CHECK(p.server.tubes[1]->received == b.sent);
    CHECK(p.client.core->next_deadline() == never);
    CHECK(p.healthy());
}

TEST_CASE("the connection is lost while channels wait in every list")
{
    pair p;
    p.pipe_room = 10'000;
    p.client.options.connection.send_rate = 10'000'000;
    p.log_in();
    for (int i = 0; i < 9; ++i)
        p.client.open();
    p.run();
    p.server_reads = false;
    for (std::size_t i = 0; i < 9; ++i) {
        tube& t = *p.client.tubes[i];
        t.channel->set_priority(channel_priority(i % 3));
        if (i % 2 == 0)
            t.channel->set_send_rate(1);
        t.send(1'000'000);
    }
    p.run();
    p.lose();
    for (const auto& t : p.client.tubes) {
        CHECK(t->over_once());
        t->channel->set_priority(channel_priority::bulk);
        t->channel->set_send_rate(10);
        t->channel->set_terminal();
    }
    CHECK(p.client.core->next_deadline() == never);
    CHECK_FALSE(p.client.core->resume_writers());
}
