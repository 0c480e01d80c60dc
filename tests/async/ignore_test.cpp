// SSH_MSG_IGNORE, as programs send it and are told of it.
#include "ends.hpp"
#include "sshoal/events.hpp"

using namespace rig;

namespace {

/// Keeps the data of each SSH_MSG_IGNORE.
class listener_of_nothing final : public event_sink {
public:
    void on_event(const event_origin&, const event& e) override
    {
        if (const auto* const i = e.as<events::peer_ignore>())
            heard.emplace_back(reinterpret_cast<const char*>(i->data.data()), i->data.size());
    }
    std::vector<std::string> heard;
};

} // namespace

TEST_CASE("send_ignore() sends what it is given, and nothing that is too long")
{
    run_test([]() -> awaitable<void> {
        limits l;
        l.max_message = 1000;
        const auto at_server = std::make_shared<listener_of_nothing>(), at_client = std::make_shared<listener_of_nothing>();
        pair p = co_await connected(server_setup().limits(l).events(at_server), client_setup().limits(l).events(at_client));
        for (const bool by_client : {true, false}) {
            connection c = by_client ? p.client : connection(p.server);
            const std::vector<std::string>& heard = (by_client ? at_server : at_client)->heard;
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
            CHECK(c.stats().packets_out >= before + 5); // four of them and the ping
            CHECK(c.is_open());
            REQUIRE(heard.size() == 4);
            CHECK(heard[0].empty());
            CHECK(heard[1].size() == 994);
            CHECK(heard[2].size() == 995);
            CHECK(heard[1] != heard[2].substr(1));
            CHECK(heard[3] == text);
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
