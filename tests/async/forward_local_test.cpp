// Local forwarding, between our client and our server.
#include "forward_scene.hpp"

#include "sshoal/failure_detail.hpp"

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
        auto refused = failure_of(call(f.bound()));
        const failure none = co_await std::move(refused);
        CHECK(none.code() == boost::system::errc::connection_refused);
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
