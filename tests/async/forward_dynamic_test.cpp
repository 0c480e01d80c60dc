// SOCKS ports, between our client and our server.
#include "forward_scene.hpp"
#include "sshoal/events.hpp"

using namespace rig;

namespace {

std::string port_bytes(std::uint16_t port) { return {char(port >> 8), char(port & 0xff)}; }

std::string request5(const std::string& name, std::uint16_t port)
{
    return std::string("\x05\x01\x00\x05\x01\x00\x03", 7) + char(name.size()) + name + port_bytes(port);
}

/// Sends the bytes, and reads as many bytes of the answer as there are, up to `n`.
awaitable<std::string> exchange(stream_io& with, std::string bytes, std::size_t n)
{
    error_code ec;
    auto writing = with.write(std::as_bytes(std::span(bytes)), ec);
    co_await std::move(writing);
    std::string answer(n, ' ');
    auto reading = with.read(room(answer), ec);
    answer.resize(co_await std::move(reading));
    co_return std::move(answer);
}

struct dynamic_ends {
    forwarding_pair p;
    forward::forwarding f;
};

awaitable<dynamic_ends> dynamic_forwarding(forward::options how = {}, client_options c = client_setup())
{
    dynamic_ends d;
    auto connecting = forwarding_ends({}, server_setup(), std::move(c));
    d.p = co_await std::move(connecting);
    auto beginning = forward::dynamic(d.p.link.client, "127.0.0.1:0", std::move(how));
    d.f = co_await std::move(beginning);
    co_return std::move(d);
}

class refusals final : public event_sink {
public:
    std::vector<failure> all;
    void on_event(const event_origin&, const event& e) override
    {
        if (const auto* r = e.as<events::forwarding_refused>())
            all.push_back(*r->why);
    }
};

} // namespace

TEST_CASE("forward: a SOCKS port reaches the hosts that its clients name")
{
    run_test([]() -> awaitable<void> {
        dynamic_ends d = co_await dynamic_forwarding();
        echo_host host = co_await echo_at_port();
        auto calling = call(d.f.bound());
        std::unique_ptr<stream_io> io = co_await std::move(calling);
        auto asking = exchange(*io, request5("localhost", host.at().port()) + "early", 12 + 5);
        std::string answer = co_await std::move(asking);
        CHECK(answer == std::string("\x05\x00\x05\x00\x00\x01\0\0\0\0\0\0", 12) + "early");

        auto calling_again = call(d.f.bound());
        io = co_await std::move(calling_again);
        const std::string request4 = "\x04\x01" + port_bytes(host.at().port()) + std::string("\x7f\0\0\x01me\0", 7);
        auto asking4 = exchange(*io, request4 + "4", 9);
        answer = co_await std::move(asking4);
        CHECK(answer == std::string("\0\x5a\0\0\0\0\0\0", 8) + "4");
        CHECK(host.callers() == 2);
        CHECK(d.f.count().opened == 2);
        CHECK(d.f.count().bytes_to_target == 6);
    });
}

TEST_CASE("forward: a SOCKS client is told why there is no stream")
{
    run_test([]() -> awaitable<void> {
        dynamic_ends d = co_await dynamic_forwarding();
        const executor ex = co_await asio::this_coro::executor;
        const endpoint nobody = closed_port(ex);
        for (const int wrong : {0, 1, 2}) {
            auto calling = call(d.f.bound());
            const std::unique_ptr<stream_io> io = co_await std::move(calling);
            const std::string sent = wrong == 0   ? request5("127.0.0.1", nobody.port())
                                     : wrong == 1 ? std::string("\x05\x01\x00\x05\x02\x00\x01", 7)
                                                  : std::string("GET / HTTP/1.1\r\n");
            auto asking = exchange(*io, sent, 100);
            const std::string answer = co_await std::move(asking);
            CHECK(answer == std::string(wrong == 0   ? "\x05\x00\x05\x04\x00\x01\0\0\0\0\0\0"
                                        : wrong == 1 ? "\x05\x00\x05\x07\x00\x01\0\0\0\0\0\0"
                                                     : "",
                                        wrong == 2 ? 0 : 12));
        }
        co_await come_true([&] { return d.f.count().refused == 3 && d.f.count().open == 0; });
    });
}

TEST_CASE("forward: a SOCKS client that says nothing is closed after request_timeout()")
{
    run_test([]() -> awaitable<void> {
        const auto sink = std::make_shared<refusals>();
        auto beginning
            = dynamic_forwarding(forward::options().request_timeout(std::chrono::milliseconds(20)), client_setup().events(sink));
        dynamic_ends d = co_await std::move(beginning);
        auto calling = call(d.f.bound());
        const std::unique_ptr<stream_io> io = co_await std::move(calling);
        auto asking = exchange(*io, "\x05", 100);
        const std::string answer = co_await std::move(asking);
        CHECK(answer.empty());
        co_await come_true([&] { return d.f.count().refused == 1; });
        REQUIRE(sink->all.size() == 1);
        CHECK(sink->all[0].code() == errc::timed_out);
    });
}

TEST_CASE("forward: max_streams() at its limit")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        echo_host host = co_await echo_at_port();
        auto beginning = forward::local(p.link.client, endpoint("127.0.0.1", 0), host.at(), forward::options().max_streams(2));
        forward::forwarding f = co_await std::move(beginning);
        std::vector<std::unique_ptr<stream_io>> open;
        for (int i = 0; i < 2; ++i) {
            auto calling = call(f.bound());
            open.push_back(co_await std::move(calling));
            co_await come_true([&] { return host.present() == i + 1; });
            CHECK(f.count().refused == 0);
        }
        auto asking = ask(f.bound(), "x");
        const std::string refused = co_await std::move(asking);
        CHECK(refused.find("x.") == refused.npos);
        co_await come_true([&] { return f.count().refused == 1; });
        CHECK(f.count().open == 2);
        open.pop_back();
        co_await come_true([&] { return f.count().open == 1; });
        auto asking_again = ask(f.bound(), "x");
        const std::string answer = co_await std::move(asking_again);
        CHECK(answer == "x.");
    });
}
