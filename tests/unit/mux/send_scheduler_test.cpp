#include "outlet.hpp"

using namespace outlet_test;

TEST_CASE("bulk channels with writes of any size get equal bytes, within a quantum and a packet")
{
    for (const std::size_t n : {2, 100})
        for (const priority p : {priority::bulk, priority::automatic})
            for (const std::size_t room : {20'000, 200'000}) {
                outlet l;
                l.queue(n, p, {32 * 1024, 10, 1000, 20'000, 16 * 1024, 32'767, 300});
                // What goes first as urgent is taken off later, so for a while it is ahead.
                const std::uint64_t ahead = p == priority::bulk ? 4096 : 4096 + send_scheduler::quanta_of_debt * quantum;
                std::uint64_t most = 0;
                for (std::uint64_t sent = 0; sent < 20 * quantum * n; sent += room) {
                    l.turn(room);
                    const spread s(l);
                    most = std::max(most, s.most - s.least);
                }
                INFO(n << " channels, turns of " << room);
                CHECK(most <= 2 * quantum + ahead);
                CHECK(l.total >= 20 * quantum * n);
            }
}

TEST_CASE("a quantum is at least a packet")
{
    mux::settings s;
    s.max_packet_out = 1 << 20;
    outlet l(s);
    l.queue(3, priority::bulk, {1 << 20, 1000, 100'000});
    for (int i = 0; i < 2000; ++i)
        l.turn(200'000);
    const spread all(l);
    CHECK(all.most - all.least <= 2 << 20);
}

TEST_CASE("a channel that is alone sends without end, and nothing is held against it")
{
    outlet l;
    l.room = 10u << 20;
    l.queue(1, priority::bulk);
    CHECK(l[0].sent == 10u << 20);
    l.queue(1, priority::bulk);
    for (int i = 0; i < 100; ++i)
        l.turn(64 * 1024);
    CHECK(l[1].sent >= 100 * quantum);
    CHECK(l[1].sent <= 102 * quantum);
}

TEST_CASE("an interactive channel goes first, whether the output has room or not")
{
    outlet l;
    l.queue(50, priority::bulk);
    l.queue(1, priority::interactive, {100}, 0);
    writer& terminal = l[50];
    // While bulk waits and there is room.
    l.room = 1000;
    terminal.due = 100;
    l.write(terminal);
    CHECK(terminal.due == 0);
    // While there is none: nothing goes before it.
    l.room = 0;
    terminal.due = 100;
    l.write(terminal);
    CHECK(terminal.due == 100);
    const std::uint64_t before = l.total;
    l.room = 200'000;
    l.wake();
    REQUIRE(l.ready.front() == &terminal);
    l.write(terminal);
    CHECK(terminal.due == 0);
    CHECK(l.total == before + 100);
    l.run();
    l.finish();
    // Even when others have been promised all of the room.
    l.room = 200'000;
    l.wake();
    terminal.due = 100;
    l.write(terminal);
    CHECK(terminal.due == 0);
}

TEST_CASE("a channel with a terminal is interactive unless it is said to be bulk")
{
    outlet l;
    l.queue(2, priority::bulk);
    l.queue(1, priority::automatic, {10'000}, 0);
    writer& w = l[2];
    const auto goes_first = [&] {
        l.turn(600'000); // another epoch
        l.room = 20'000;
        w.due = 10'000;
        l.write(w);
        const bool first = w.due == 0;
        for (int i = 0; i < 10; ++i)
            l.turn(100'000);
        return first;
    };
    CHECK_FALSE(goes_first());
    l.turns.set_terminal(w);
    CHECK(goes_first());
    l.turns.set_priority(w, priority::bulk);
    CHECK_FALSE(goes_first());
    l.turns.set_priority(w, priority::interactive);
    CHECK(goes_first());
}

TEST_CASE("requests and answers go before bulk without being declared, and a flood of them does not")
{
    outlet l;
    l.queue(20, priority::automatic);
    l.queue(1, priority::automatic, {200}, 0);
    writer& sparse = l[20];
    std::uint64_t waited = 0;
    for (int i = 0; i < 1000; ++i) {
        l.turn(100'000);
        sparse.due += 200;
        l.room = 1000;
        l.write(sparse);
        waited += sparse.due;
        l.room = 0;
    }
    CHECK(waited == 0);
    // Now it has as much to say as the others, and gets as much.
    sparse.due = endless;
    l.write(sparse);
    const std::uint64_t begin = sparse.sent, others = l[3].sent;
    for (int i = 0; i < 2000; ++i)
        l.turn(100'000);
    CHECK(sparse.sent - begin <= l[3].sent - others + 4 * quantum);
    CHECK(sparse.sent - begin + 8 * quantum >= l[3].sent - others);
}

TEST_CASE("interactive floods, however many, leave bulk at least its part of half of all bytes")
{
    for (const std::size_t floods : {1, 8, 40})
        for (const std::size_t packet : {100, 32 * 1024}) {
            INFO(floods << " floods with packets of " << packet);
            outlet l;
            l.queue(1, priority::bulk);
            l.queue(floods, priority::interactive, {packet});
            const std::uint64_t all = 40 * (floods + 1) * quantum;
            while (l.total < all)
                l.turn(100'000);
            CHECK(l[0].sent >= l.total / (2 * (floods + 1)));
            const spread s(l, 1);
            CHECK(s.least > 0);
        }
}

TEST_CASE("a thousand urgent channels all get through, in their order")
{
    outlet l;
    l.queue(3, priority::bulk);
    l.queue(1000, priority::automatic, {64}, 64);
    std::uint64_t left = 1000;
    for (int i = 0; i < 10 && left > 0; ++i) {
        l.turn(40'000);
        left = 0;
        for (std::size_t k = 3; k < l.all.size(); ++k)
            left += l[k].due > 0;
    }
    CHECK(left == 0);
}

TEST_CASE("a grant that nobody uses is not lost for the others")
{
    outlet l;
    l.queue(3, priority::bulk);
    l.queue(1, priority::interactive, {100});
    l[0].lost = l[3].lost = true;
    for (int i = 0; i < 10; ++i)
        l.turn(100'000);
    CHECK(l[0].sent + l[3].sent == 0);
    CHECK(l[1].sent >= 450'000);
    CHECK(l[2].sent >= 450'000);
    // Somebody new who comes while the grant is out, with room and nobody waiting.
    l[0].lost = false;
    outlet m;
    m.queue(1, priority::bulk);
    m[0].lost = true;
    m.room = 100'000;
    m.wake();
    m.run();
    m.queue(1, priority::bulk, {32 * 1024}, 50'000);
    CHECK(m[1].sent == 0); // the room is promised
    m.finish();
    CHECK(m[1].due == 0);
}

TEST_CASE("an output that shuts after every packet is shared by bytes all the same")
{
    outlet l;
    l.queue(8, priority::bulk, {32 * 1024, 4096});
    for (int i = 0; i < 8000; ++i) {
        l.room = 200'000;
        l.wake();
        std::vector<writer*> running;
        running.swap(l.ready);
        for (writer* w : running) {
            l.write(*w);
            l.room = 0;
        }
        l.turns.lapse();
    }
    const spread s(l);
    CHECK(s.least > 100 * quantum);
    CHECK(s.most - s.least <= 2 * quantum);
}

TEST_CASE("a channel may leave from wherever it is")
{
    enum class where { nowhere, urgent, bulk, limited, granted, called };
    const auto at = GENERATE(where::nowhere, where::urgent, where::bulk, where::limited, where::granted, where::called);
    const int neighbours = GENERATE(0, 1, 2);
    outlet l;
    const auto put = [&](writer& w) {
        w.due = endless;
        l.turns.set_priority(w, at == where::urgent || at == where::called ? priority::interactive : priority::bulk);
        if (at == where::nowhere)
            return;
        if (at == where::limited) {
            l.turns.set_rate(w, 1, l.now);
            l.room = 32 * 1024;
            l.write(w);
        }
        l.room = 0;
        w.packet = 100;
        l.write(w);
    };
    l.queue(3, priority::bulk, {32 * 1024}, 0);
    if (neighbours > 0)
        put(l[0]);
    put(l[1]);
    if (neighbours > 1)
        put(l[2]);
    if (at == where::granted || at == where::called) {
        l.room = 10u << 20;
        l.wake();
    }
    l[1].lost = true;
    l.turns.leave(l[1]);
    l.turns.leave(l[1]);
    const std::uint64_t before = l[1].sent;
    l.all[1]->due = 0;
    l.ready.erase(std::remove(l.ready.begin(), l.ready.end(), &l[1]), l.ready.end());
    if (at == where::limited)
        l.now += std::chrono::hours(2);
    const std::uint64_t total = l.total;
    l.run();
    l.turn(200'000);
    CHECK(l[1].sent == before);
    if (neighbours > 0 && at != where::nowhere)
        CHECK(l.total > total);
    else
        CHECK(l.total == total);
}
