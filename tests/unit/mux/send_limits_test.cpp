#include "outlet.hpp"

using namespace outlet_test;

TEST_CASE("a channel's own limit holds it and nobody else")
{
    for (const std::uint64_t rate : {1'000ull, 1'000'000ull, 1'000'000'000ull}) {
        outlet l;
        l.queue(1, priority::automatic, {32 * 1024}, 0);
        l.turns.set_rate(l[0], rate, l.now);
        l[0].due = endless;
        l.room = endless;
        l.write(l[0]);
        l.queue(1, priority::bulk, {32 * 1024}, 1 << 20);
        CHECK(l[1].due == 0);
        l.run_until(l.now + std::chrono::seconds(10));
        const std::uint64_t burst = std::max<std::uint64_t>(rate / 20, 32 * 1024);
        CHECK(l[0].sent <= burst + 10 * rate);
        CHECK(l[0].sent + 32 * 1024 >= burst + 10 * rate);
    }
}

TEST_CASE("the connection's limit is shared out equally, and a keystroke passes")
{
    mux::settings s;
    s.send_rate = 1'000'000;
    outlet l(s);
    l.queue(10, priority::bulk, {32 * 1024, 500});
    l.queue(1, priority::interactive, {1}, 0);
    l.run_until(l.now + std::chrono::seconds(10));
    CHECK(l.total <= 10'000'000 + 50'000);
    CHECK(l.total >= 10'000'000);
    std::uint64_t most = 0, least = endless;
    for (std::size_t i = 0; i < 10; ++i) {
        most = std::max(most, l[i].sent);
        least = std::min(least, l[i].sent);
    }
    CHECK(most - least <= 2 * quantum);
    std::uint64_t at_once = 0;
    for (int i = 0; i < 1000; ++i) {
        l.run_until(l.now + std::chrono::milliseconds(7));
        l[10].due = 1;
        l.room = endless;
        l.write(l[10]);
        at_once += l[10].due == 0;
        l.finish();
    }
    CHECK(at_once >= 990);
}

TEST_CASE("limits are set, changed and taken away under those who wait")
{
    const bool whole_connection = GENERATE(false, true);
    outlet l;
    l.queue(2, priority::bulk, {32 * 1024}, 0);
    const auto set = [&](std::uint64_t rate) {
        if (whole_connection)
            l.turns.set_rate(rate, l.now);
        else
            l.turns.set_rate(l[0], rate, l.now);
    };
    set(1);
    l[0].due = endless;
    l.room = endless;
    l.write(l[0]);
    CHECK(l[0].sent == 32 * 1024);
    l.run_until(l.now + std::chrono::seconds(5));
    CHECK(l[0].sent == 32 * 1024 + 5);
    set(1'000'000);
    l.run_until(l.now + std::chrono::seconds(1));
    CHECK(l[0].sent >= 1'000'000);
    CHECK(l[0].sent <= 1'100'000);
    set(2);
    const std::uint64_t before = l[0].sent;
    l.run_until(l.now + std::chrono::seconds(2));
    CHECK(l[0].sent <= before + 32 * 1024 + 5);
    set(0);
    l[0].due = 50u << 20;
    l.room = endless;
    l.finish();
    CHECK(l[0].due == 0);
    CHECK(l.turns.next_deadline() == never);
}

TEST_CASE("channels with limits of their own are released in the order of their times")
{
    outlet l;
    l.queue(100, priority::bulk, {1000}, 0);
    for (std::size_t i = 0; i < 100; ++i) {
        l.turns.set_rate(l[i], 1000 * (1 + i * 37 % 100), l.now);
        l[i].due = endless;
        l.room = endless;
        l.write(l[i]);
    }
    l.run_until(l.now + std::chrono::seconds(20));
    for (std::size_t i = 0; i < 100; ++i) {
        const std::uint64_t rate = 1000 * (1 + i * 37 % 100);
        INFO(rate);
        CHECK(l[i].sent <= 20 * rate + 32 * 1024);
        CHECK(l[i].sent + 1000 >= 20 * rate + 32 * 1024);
    }
}
