// Local forwarding, between our client and our server.
#include "forward_scene.hpp"

#include "sshoal/events.hpp"

using namespace rig;

TEST_CASE("forward: a local port reaches a host behind the server")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        echo_host host = co_await echo_at_port();
        auto beginning = forward::local(p.link.client, "127.0.0.1:0", host.at().to_string());
        forward::forwarding f = co_await std::move(beginning);
        CHECK(f.port() != 0);
        const std::string text = pattern(300'000);
        auto asking = ask(f.bound(), text);
        const std::string answer = co_await std::move(asking);
        CHECK(answer == text + ".");
        co_await come_true([&] { return p.served.count().open == 0 && f.count().open == 0; });
        const forward::counters here = f.count();
        CHECK(here.opened == 1);
        CHECK(here.refused == 0);
        CHECK(here.bytes_to_target == text.size());
        CHECK(here.bytes_from_target == text.size() + 1);
    });
}

TEST_CASE("forward: a target that refuses ends its stream alone, with the reason of RFC 4254")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        const executor ex = co_await asio::this_coro::executor;
        const endpoint nobody = closed_port(ex);
        auto beginning = forward::local(p.link.client, endpoint("127.0.0.1", 0), nobody);
        forward::forwarding f = co_await std::move(beginning);
        auto asking = ask(f.bound(), "hello");
        const std::string answer = co_await std::move(asking);
        CHECK(answer.find("hello") == answer.npos);
        co_await come_true([&] { return f.count().refused == 1; });
        CHECK(f.count().open == 0);

        auto connecting = failure_of(forward::connect(p.link.client, nobody));
        const failure why = co_await std::move(connecting);
        CHECK(why.code() == errc::channel_open_refused);
        CHECK(why.message().find("Connection refused") != std::string::npos);
    });
}

TEST_CASE("forward: the end of a connection ends its forwardings, and dropping the handle frees the port")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        echo_host host = co_await echo_at_port();
        auto beginning = forward::local(p.link.client, endpoint("127.0.0.1", 0), host.at());
        forward::forwarding f = co_await std::move(beginning);
        const endpoint at = f.bound();
        auto calling = call(at);
        const std::unique_ptr<stream_io> open = co_await std::move(calling);
        co_await come_true([&] { return host.present() == 1; });
        f = forward::forwarding();
        co_await come_true([&] { return host.present() == 0; });
        const executor ex = co_await asio::this_coro::executor;
        const stream_acceptor again(ex, listen_address(at));
        CHECK(again.port() == at.port());

        auto beginning_again = forward::local(p.link.client, endpoint("127.0.0.1", 0), host.at());
        f = co_await std::move(beginning_again);
        p.link.server.disconnect(disconnect_reason::by_application, "enough");
        const failure why = co_await f.wait_closed();
        CHECK(why.code() == errc::disconnected);
    });
}

TEST_CASE("forward: drain lets the streams run to their ends")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        echo_host host = co_await echo_at_port();
        auto beginning = forward::local(p.link.client, endpoint("127.0.0.1", 0), host.at());
        forward::forwarding f = co_await std::move(beginning);
        auto calling = call(f.bound());
        std::unique_ptr<stream_io> open = co_await std::move(calling);
        co_await come_true([&] { return host.present() == 1; });
        f.drain();
        co_await becomes_closed(f.bound());
        error_code ec;
        auto writing = open->write(std::as_bytes(std::span("still", 5)), ec);
        co_await std::move(writing);
        std::string back(5, ' ');
        auto reading = open->read(room(back), ec);
        co_await std::move(reading);
        CHECK(back == "still");
        open.reset();
        const failure why = co_await f.wait_closed();
        CHECK(why.code() == errc::closed);
        CHECK(p.link.client.is_open());
    });
}

namespace {

class notes final : public event_sink {
public:
    std::vector<std::string> all;
    void on_event(const event_origin&, const event& e) override
    {
        if (const auto* s = e.as<events::forwarding_started>())
            all.push_back("started " + std::string(s->what) + " to " + s->target->describe());
        if (const auto* s = e.as<events::forwarding_ended>())
            all.push_back("ended " + std::to_string(s->opened) + " " + std::to_string(s->refused) + " " + s->why->message());
        if (const auto* s = e.as<events::forwarding_refused>())
            all.push_back("refused " + s->originator->address() + " " + s->why->message());
        if (const auto* c = e.as<events::channel_opened>())
            all.push_back("channel " + std::string(c->name.substr(0, c->name.find(" port"))));
    }
};

} // namespace

TEST_CASE("forward: events tell of a forwarding and of its streams")
{
    run_test([]() -> awaitable<void> {
        const auto sink = std::make_shared<notes>();
        auto connecting = forwarding_ends({}, server_setup(), client_setup().events(sink));
        forwarding_pair p = co_await std::move(connecting);
        echo_host host = co_await echo_at_port();
        auto beginning = forward::local(p.link.client, endpoint("127.0.0.1", 0), host.at());
        forward::forwarding f = co_await std::move(beginning);
        auto asking = ask(f.bound(), "x");
        const std::string answer = co_await std::move(asking);
        CHECK(answer == "x.");
        f.stop();
        const failure why = co_await f.wait_closed();
        CHECK(why.code() == errc::closed);
        const executor ex = co_await asio::this_coro::executor;
        const endpoint nobody = closed_port(ex);
        auto beginning_again = forward::local(p.link.client, endpoint("127.0.0.1", 0), nobody);
        f = co_await std::move(beginning_again);
        auto asking_nobody = ask(f.bound(), "x");
        const std::string none = co_await std::move(asking_nobody);
        co_await come_true([&] { return sink->all.size() == 5; });
        const std::vector<std::string> expected = names("started local to " + host.at().describe(), "channel 127.0.0.1",
                                                        "ended 1 0 " + why.message(), "started local to " + nobody.describe(),
                                                        "refused 127.0.0.1 ");
        REQUIRE(sink->all.size() == expected.size());
        for (std::size_t i = 0; i + 1 < expected.size(); ++i)
            CHECK(sink->all[i] == expected[i]);
        CHECK(sink->all.back().starts_with(expected.back()));
        CHECK(sink->all.back().find("Connection refused") != std::string::npos);
    });
}
