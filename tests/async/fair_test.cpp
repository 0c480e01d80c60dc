// Fair sending as programs see it: an echo beside transfers that fill the stream, and limits set from outside.
#include "ends.hpp"

#include <boost/asio/this_coro.hpp>

using namespace rig;

namespace {

/// As long as the other side takes it.
awaitable<void> pour(channel c)
{
    static const std::vector<std::byte> block(256 * 1024);
    for (;;)
        co_await c.write(block);
}
awaitable<void> drain(channel c)
{
    std::vector<std::byte> into(64 * 1024);
    while (co_await c.read_some(into) > 0) {
    }
}
awaitable<void> bounce(channel c)
{
    std::vector<std::byte> into(64);
    while (const std::size_t n = co_await c.read_some(into))
        co_await c.write(std::span<const std::byte>(into).first(n));
}

struct counts {
    std::uint64_t echoes = 0, most_before_it = 0, bulk = 0;
};

/// Counts what the bulk channel put into the output between the wish to write and the writing.
awaitable<void> ask(channel echo, channel bulk, counts& all)
{
    std::vector<std::byte> one(1);
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t before = bulk.info().bytes_out;
        co_await echo.write(one);
        all.most_before_it = std::max(all.most_before_it, bulk.info().bytes_out - before);
        if (co_await echo.read(one) != 1)
            break;
        ++all.echoes;
        if (i % 10 == 0)
            co_await settle();
    }
    all.bulk = bulk.info().bytes_out;
}

awaitable<void> second_channel(ends& e, channel& client, channel& server)
{
    ends more;
    more.link = e.link;
    co_await open_channel_of(more);
    client = more.client;
    server = more.server;
}

awaitable<void> echo_beside_bulk(carrier over)
{
    ends e = co_await channel_ends(server_setup(), client_setup(), over);
    channel echo, answers;
    co_await second_channel(e, echo, answers);
    const executor client = e.client.get_executor(), server = e.server.get_executor();
    auto a = beside::start(client, pour(e.client));
    auto b = beside::start(server, pour(e.server));
    auto c = beside::start(client, drain(e.client));
    auto d = beside::start(server, drain(e.server));
    auto f = beside::start(server, bounce(answers));
    counts all;
    auto asking = beside::start(client, ask(echo, e.client, all));
    while (!asking.done())
        co_await pause_for(std::chrono::milliseconds(1));
    CHECK_FALSE(asking.result());
    CHECK(all.echoes == 200);
    CHECK(all.bulk > 1'000'000);
    CHECK(all.most_before_it <= 512 * 1024);
    e.link.client.close();
    while (!a.done() || !b.done() || !c.done() || !d.done() || !f.done())
        co_await pause_for(std::chrono::milliseconds(1));
}

} // namespace

TEST_CASE("L28 echoes go on beside full-rate transfers both ways, with little bulk before each")
{
    const carrier over = GENERATE(carrier::memory, carrier::sockets);
    run_test([over] { return echo_beside_bulk(over); });
}

TEST_CASE("L28 the same with both ends on two threads")
{
    run_test([] { return echo_beside_bulk(carrier::sockets); }, 2);
}

TEST_CASE("many transfers over one slow reader end with equal shares")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        std::vector<channel> from, to;
        std::vector<beside> running;
        for (int i = 0; i < 8; ++i) {
            channel c, s;
            co_await second_channel(e, c, s);
            from.push_back(c);
            to.push_back(s);
        }
        for (std::size_t i = 0; i < 8; ++i) {
            running.push_back(beside::start(from[i].get_executor(), pour(from[i])));
            running.push_back(beside::start(to[i].get_executor(), drain(to[i])));
        }
        std::uint64_t least = 0, most = 0;
        for (int tries = 0; tries < 5000 && least < 4'000'000; ++tries) {
            co_await pause_for(std::chrono::milliseconds(1));
            least = ~0ull;
            most = 0;
            for (const channel& c : to) {
                const std::uint64_t n = c.info().bytes_in;
                least = std::min(least, n);
                most = std::max(most, n);
            }
        }
        CHECK(least >= 4'000'000);
        CHECK(most <= 2 * least);
        e.link.client.close();
        for (const beside& b : running)
            while (!b.done())
                co_await pause_for(std::chrono::milliseconds(1));
    });
}

TEST_CASE("a limit of sending holds a write back, and lets it go when it is lifted")
{
    const bool whole_connection = GENERATE(false, true);
    run_test([whole_connection]() -> awaitable<void> {
        client_options o = client_setup();
        limits l;
        (whole_connection ? l.send_rate : l.channel_send_rate) = 400'000;
        o.limits(l);
        ends e = co_await channel_ends(server_setup(), std::move(o));
        auto reading = beside::start(e.server.get_executor(), drain(e.server));
        const std::vector<std::byte> block(100'000);
        const auto start = std::chrono::steady_clock::now();
        co_await e.client.write(block);
        // 32 KiB at once, the rest at the rate.
        CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(140));
        if (whole_connection)
            e.link.client.set_send_rate(1);
        else
            e.client.set_send_rate(1);
        auto writing = co_await beside::start_here(e.client.write(block));
        CHECK_FALSE(writing.done());
        if (whole_connection)
            e.link.client.set_send_rate(0);
        else
            e.client.set_send_rate(0);
        while (!writing.done())
            co_await pause_for(std::chrono::milliseconds(1));
        CHECK_FALSE(writing.result());
        co_await e.client.send_eof();
        while (!reading.done())
            co_await pause_for(std::chrono::milliseconds(1));
        CHECK(e.server.info().bytes_in == 200'000);
    });
}

TEST_CASE("a write that is cancelled while it waits for a limit leaves the others alone")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        channel other, sink;
        co_await second_channel(e, other, sink);
        auto first = beside::start(e.server.get_executor(), drain(e.server));
        auto second = beside::start(sink.get_executor(), drain(sink));
        e.client.set_send_rate(1);
        const std::vector<std::byte> block(2'000'000);
        auto writing = co_await beside::start_here(e.client.write(block));
        co_await other.write(block);
        CHECK_FALSE(writing.done());
        writing.cancel(stop_partial);
        while (!writing.done())
            co_await pause_for(std::chrono::milliseconds(1));
        CHECK(writing.aborted());
        co_await other.write(block);
        e.client.set_send_rate(0);
        co_await e.client.write(block);
        e.link.client.close();
        while (!first.done() || !second.done())
            co_await pause_for(std::chrono::milliseconds(1));
    });
}
