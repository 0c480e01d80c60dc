// A read that waits is given what a whole batch of packets brings, in one copy, and loses nothing where it is cancelled.
#include "ends.hpp"

using namespace rig;

namespace {

constexpr std::size_t batch = 150 * 1024;

/// Reads once into a span with room for all. Returns: bytes.
awaitable<void> read_once_into(channel c, std::span<std::byte> into, std::size_t& moved) { moved = co_await c.read_some(into); }

awaitable<void> write_batch(channel c, std::string text) { co_await c.write(text); }

awaitable<std::string> read_rest(channel c, std::size_t n)
{
    std::string text(n, '\0');
    const std::size_t got = co_await c.read(room(text));
    text.resize(got);
    co_return text;
}

} // namespace

TEST_CASE("a read that waits takes all packets of a batch, as far as they find room")
{
    auto test = []() -> awaitable<void> {
        // Both ends on one strand's thread, and a stream that holds the whole batch: it arrives in one turn.
        ends e = co_await channel_ends(server_setup(), client_setup(), carrier::sockets);
        const std::string text = pattern(batch);
        std::string large(2 * batch, '\0'), small(batch / 3, '\0');
        std::size_t moved = 0;
        beside reading = beside::start(e.client.get_executor(), read_once_into(e.client, room(large), moved));
        co_await settle();
        beside writing = beside::start(e.server.get_executor(), write_batch(e.server, text));
        while (!reading.done())
            co_await settle();
        CHECK(!reading.result());
        CHECK(moved > 32 * 1024); // more than one packet
        CHECK(large.substr(0, moved) == text.substr(0, moved));
        std::string rest = co_await read_rest(e.client, batch - moved);
        CHECK(rest == text.substr(moved));

        beside limited = beside::start(e.client.get_executor(), read_once_into(e.client, room(small), moved));
        co_await settle();
        beside again = beside::start(e.server.get_executor(), write_batch(e.server, text));
        while (!limited.done())
            co_await settle();
        CHECK(moved <= small.size());
        CHECK(small.substr(0, moved) == text.substr(0, moved));
        rest = co_await read_rest(e.client, batch - moved);
        CHECK(rest == text.substr(moved));
        CHECK(writing.done());
        CHECK(again.done());
    };
    run_test(test);
}

TEST_CASE("a read that is cancelled while a batch is being taken gives all of it back")
{
    auto test = []() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup(), client_setup(), carrier::sockets);
        const std::string text = pattern(batch);
        std::string all;
        for (int round = 0; round < 30; ++round) {
            std::string into(2 * batch, '\0');
            std::size_t moved = 0;
            beside reading = beside::start(e.client.get_executor(), read_once_into(e.client, room(into), moved));
            co_await settle();
            beside writing = beside::start(e.server.get_executor(), write_batch(e.server, text));
            for (int i = 0; i < round; ++i) {
                const executor ex = co_await asio::this_coro::executor;
                co_await asio::post(ex, asio::use_awaitable);
            }
            asio::post(e.client.get_executor(), [reading]() mutable { reading.cancel(stop_total); });
            while (!reading.done())
                co_await settle();
            const std::string rest = co_await read_rest(e.client, batch - moved);
            REQUIRE(into.substr(0, moved) + rest == text);
            while (!writing.done())
                co_await settle();
        }
    };
    run_test(test);
}
