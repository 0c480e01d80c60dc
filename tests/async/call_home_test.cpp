// Servers that call home, and relays whose ends break.
#include "forward_scene.hpp"

#include "sshoal/call_home.hpp"
#include "sshoal/dial.hpp"

using namespace rig;

// -- call home ----------------------------------------------------------------------------------------------------------------

namespace {

awaitable<void> be_called(stream_acceptor door, std::shared_ptr<connection> into)
{
    auto waiting = take_call(std::move(door), "device", client_setup());
    *into = co_await std::move(waiting);
}

} // namespace

TEST_CASE("call home: a server dials out, and the client that listens logs in")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        stream_acceptor door(ex, {"127.0.0.1", 0});
        const auto manager = std::make_shared<connection>();
        asio::co_spawn(ex, be_called(door, manager), asio::detached);
        auto calling = call_home(door.local(), server_setup());
        server_connection device = co_await std::move(calling);
        co_await come_true([&] { return bool(*manager); });
        CHECK(device.user() == manager->info().user);
        (void)co_await manager->ping();
        auto calling_nobody = failure_of(call_home(closed_port(ex), server_setup()));
        const failure why = co_await std::move(calling_nobody);
        CHECK(why.code() == boost::system::errc::connection_refused);
    });
}

// -- a stream that breaks -----------------------------------------------------------------------------------------------------

namespace {

/// Accepts one connection, and ends it in the ordinary way or by a reset.
awaitable<void> end_one(stream_acceptor door, bool by_reset)
{
    std::unique_ptr<byte_stream> s = co_await door.accept();
    co_await s->wait_readable();
    if (by_reset)
        s->reset();
    else
        s->close();
}

} // namespace

TEST_CASE("relay: a reset of one end of a forwarding is a reset at the other")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        auto starting = forwarding_ends();
        forwarding_pair p = co_await std::move(starting);
        for (const bool by_reset : {true, false}) {
            stream_acceptor door(ex, {"127.0.0.1", 0});
            asio::co_spawn(ex, end_one(door, by_reset), asio::detached);
            auto beginning = forward::local(p.link.client, endpoint("127.0.0.1", 0), door.local());
            const forward::forwarding f = co_await std::move(beginning);
            auto connecting = connect_stream(f.bound());
            const std::unique_ptr<byte_stream> s = co_await std::move(connecting);
            error_code ec;
            if (by_reset)
                s->try_write(std::as_bytes(std::span("x", 1)), ec);
            else
                s->shutdown_send(); // nothing is unread when the other end closes
            std::string piece(16, ' ');
            while (s->try_read(room(piece), ec) == 0 && ec == asio::error::would_block)
                co_await s->wait_readable();
            CHECK(ec == (by_reset ? error_code(asio::error::connection_reset) : error_code(asio::error::eof)));
        }
    });
}
