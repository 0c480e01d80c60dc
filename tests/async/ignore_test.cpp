// SSH_MSG_IGNORE, as programs send it.
#include "ends.hpp"

using namespace rig;

TEST_CASE("send_ignore() sends what it is given, and nothing that is too long")
{
    run_test([]() -> awaitable<void> {
        limits l;
        l.max_message = 1000;
        pair p = co_await connected(server_setup().limits(l), client_setup().limits(l));
        connection of_server = p.server;
        for (connection& c : std::array<std::reference_wrapper<connection>, 2>{p.client, of_server}) {
            const auto before = c.stats().packets_out;
            c.send_ignore(0);
            c.send_ignore(994);
            c.send_ignore(995);
            const std::string text(995, 'x');
            c.send_ignore(std::as_bytes(std::span(text)));
            const std::string longer(996, 'x');
            CHECK_THROWS_AS(c.send_ignore(std::as_bytes(std::span(longer))), error);
            for (const std::size_t n : {std::size_t(996), ~std::size_t(0)}) {
                try {
                    c.send_ignore(n);
                    FAIL("was sent");
                } catch (const error& e) {
                    CHECK(e.code() == errc::message_too_long);
                }
            }
            co_await c.ping();
            co_await settle();
            CHECK(c.stats().packets_out >= before + 5); // four of them and the ping
            CHECK(c.is_open());
        }
        co_await p.client.rekey();
        p.client.send_ignore(10);
        p.client.close();
        p.client.send_ignore(10);
        connection().send_ignore(10);
    });
}

TEST_CASE("send_ignore() on any thread, while keys change and data flows")
{
    run_test(
        []() -> awaitable<void> {
            pair p = co_await connected();
            serve(p.server, echo);
            const executor ex = co_await asio::this_coro::executor;
            auto chatter = [](connection c) -> awaitable<void> {
                for (int i = 0; i < 200; ++i) {
                    c.send_ignore(std::size_t(i));
                    if (i % 50 == 0)
                        co_await c.rekey();
                }
            };
            beside first = beside::start(another_strand(ex), chatter(p.client));
            beside second = beside::start(another_strand(ex), chatter(p.server));
            const run_options input = run_options().input(pattern(100'000));
            for (int i = 0; i < 5; ++i) {
                run_result echoed = co_await p.client.run("cat", input);
                CHECK(echoed.out.size() == 100'000);
            }
            while (!first.done() || !second.done())
                co_await pause_for(std::chrono::milliseconds(2));
            CHECK_FALSE(first.result());
            CHECK_FALSE(second.result());
        },
        2);
}
