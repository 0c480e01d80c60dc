// relay() with channels: between two connections whose strands run on two threads, and what a side learns of the other's end.
#include "ends.hpp"
#include "sshoal/relay.hpp"

using namespace rig;

namespace {

/// Two links in a row: what `left.client` writes comes out of `right.client`, and back.
struct chain {
    ends left, right;
    beside relaying;
};

/// The relay owns the channels between the links.
awaitable<chain> chained()
{
    chain c;
    c.left = co_await channel_ends();
    c.right = co_await channel_ends();
    const executor here = co_await asio::this_coro::executor;
    c.relaying = beside::start(here, relay(std::exchange(c.left.server, {}), std::exchange(c.right.server, {})));
    co_return std::move(c);
}

awaitable<void> send_and_end(channel c, std::string text)
{
    co_await c.write(text);
    co_await c.send_eof();
}

} // namespace

TEST_CASE("relay: channels of two connections, a lot of data both ways, on two threads")
{
    run_test(
        []() -> awaitable<void> {
            chain c = co_await chained();
            const std::string there = pattern(3'000'000), back = pattern(2'000'000) + "!";
            const executor here = co_await asio::this_coro::executor;
            beside sending = beside::start(another_strand(here), send_and_end(c.left.client, there));
            beside answering = beside::start(another_strand(here), send_and_end(c.right.client, back));
            const std::string arrived = co_await read_all(c.right.client);
            const std::string returned = co_await read_all(c.left.client);
            CHECK(arrived == there);
            CHECK(returned == back);
            co_await c.left.client.wait_closed();
            co_await c.right.client.wait_closed();
            while (!sending.done() || !answering.done() || !c.relaying.done())
                co_await settle();
            CHECK(!sending.result());
            CHECK(!answering.result());
            CHECK(!c.relaying.result());
        },
        2);
}

TEST_CASE("relay: the end of one direction leaves the other open")
{
    run_test(
        []() -> awaitable<void> {
            chain c = co_await chained();
            co_await send_and_end(c.left.client, "question");
            const std::string question = co_await read_all(c.right.client);
            CHECK(question == "question");
            co_await send_and_end(c.right.client, "answer");
            const std::string answer = co_await read_all(c.left.client);
            CHECK(answer == "answer");
        },
        2);
}

TEST_CASE("relay: the loss of one connection ends the channel of the other")
{
    run_test(
        []() -> awaitable<void> {
            chain c = co_await chained();
            co_await c.left.client.write("x");
            std::string one(1, ' ');
            const std::size_t n = co_await c.right.client.read_some(room(one));
            CHECK(n == 1);
            c.left.link.client.disconnect(disconnect_reason::by_application, "gone");
            co_await c.right.client.wait_closed();
            while (!c.relaying.done())
                co_await settle();
            CHECK(!c.relaying.result()); // relay() returns the reason, it does not throw it
        },
        2);
}

TEST_CASE("relay: a cancelled relay closes both channels")
{
    run_test([]() -> awaitable<void> {
        chain c = co_await chained();
        co_await settle();
        c.relaying.cancel(stop_terminal);
        co_await c.left.client.wait_closed();
        co_await c.right.client.wait_closed();
        while (!c.relaying.done())
            co_await settle();
        CHECK(c.relaying.aborted());
    });
}

TEST_CASE("relay: a channel and a stream, in either order")
{
    run_test([]() -> awaitable<void> {
        for (const bool channel_first : {true, false}) {
            ends e = co_await channel_ends();
            const executor here = co_await asio::this_coro::executor;
            auto streams = make_memory_streams(here, here, 1000);
            std::unique_ptr<byte_stream> far = std::move(streams.first);
            channel near = std::exchange(e.server, {});
            beside relaying = beside::start(here, channel_first ? relay(std::move(near), std::move(streams.second))
                                                                : relay(std::move(streams.second), std::move(near)));
            beside sending = beside::start(here, send_and_end(e.client, "through a channel"));
            std::string got;
            std::vector<std::byte> some(100);
            for (error_code ec; ec != asio::error::eof;) {
                const std::size_t n = far->try_read(some, ec);
                got.append(reinterpret_cast<const char*>(some.data()), n);
                if (ec == asio::error::would_block)
                    co_await far->wait_readable();
            }
            CHECK(got == "through a channel");
            error_code ec;
            const std::string_view answer = "back";
            const std::size_t taken = far->try_write(std::as_bytes(std::span(answer)), ec);
            CHECK(taken == answer.size());
            CHECK(!far->shutdown_send());
            const std::string returned = co_await read_all(e.client);
            CHECK(returned == answer);
            while (!relaying.done() || !sending.done())
                co_await settle();
            CHECK(!relaying.result());
        }
    });
}
