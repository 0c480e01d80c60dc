// connect(): whom it trusts, what can go wrong before log-in; key exchanges, keepalives and the end of what it made.
#include "ends.hpp"

#include "sshoal/known_hosts.hpp"


#include <arpa/inet.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>

using namespace rig;

namespace {

/// Another stream with something wrong with it.
class odd_stream final : public byte_stream {
public:
    struct switches {
        unsigned touched = 0;
        bool gagged = false; ///< what is written disappears
    };
    odd_stream(std::unique_ptr<byte_stream> s, std::shared_ptr<switches> w) : inner_(std::move(s)), switches_(std::move(w)) {}
    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        ++switches_->touched;
        return inner_->try_read(into, ec);
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        ++switches_->touched;
        if (!switches_->gagged)
            return inner_->try_write(from, ec);
        ec = {};
        return from.size();
    }
    awaitable<error_code> wait_readable() override { return inner_->wait_readable(); }
    awaitable<error_code> wait_writable() override { return inner_->wait_writable(); }
    void close() noexcept override { inner_->close(); }

private:
    std::unique_ptr<byte_stream> inner_;
    std::shared_ptr<switches> switches_;
};

/// What connect() says of a server that is set up like this.
awaitable<failure> failure_with(server_options s, client_options c)
{
    const executor ex = co_await asio::this_coro::executor;
    auto streams = make_memory_streams(ex, ex);
    beside serving = beside::start(ex, accept(std::move(streams.first), std::move(s)));
    failure f = co_await failure_of(connect(std::move(streams.second), "memory", std::move(c)));
    co_await settle();
    CHECK(serving.done());
    co_return f;
}

/// What connect() says of a peer that says this and closes, or goes on listening.
awaitable<failure> failure_after(std::string words, bool close, client_options c = client_setup())
{
    const executor ex = co_await asio::this_coro::executor;
    auto streams = make_memory_streams(ex, ex);
    error_code ec;
    streams.first->try_write(std::as_bytes(std::span(words)), ec);
    if (close)
        streams.first->close();
    failure f = co_await failure_of(connect(std::move(streams.second), "memory", std::move(c)));
    co_return f;
}

} // namespace

TEST_CASE("without a verifier connect() fails before the stream is touched")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        auto streams = make_memory_streams(ex, ex);
        auto seen = std::make_shared<odd_stream::switches>();
        auto stream = std::make_unique<odd_stream>(std::move(streams.first), seen);
        failure f = co_await failure_of(connect(std::move(stream), "memory", client_options().user("tester").key(user_key())));
        CHECK(f.code() == errc::no_host_key_verifier);
        CHECK(seen->touched == 0);
        f = co_await failure_of(connect("host.invalid", client_options().user("tester")));
        CHECK(f.code() == errc::no_host_key_verifier);
        f = co_await failure_after("", true, client_setup().algorithms(algorithms().kex("nonsense")));
        CHECK(f.code() == errc::unknown_algorithm);
        CHECK(f.context().find("nonsense") != std::string::npos);
    });
}

TEST_CASE("a wrong host key, or one that has changed, is refused")
{
    run_test([]() -> awaitable<void> {
        failure f = co_await failure_with(server_setup(),
                                          client_options().user("tester").key(user_key()).host_key(other_key().public_half()));
        CHECK(f.code() == errc::host_key_rejected);

        temporary_folder folder;
        const std::string file = folder.path / "known_hosts";
        known_hosts known;
        const std::string line = known.add("memory", 22, other_key().public_half()).value();
        CHECK(known_hosts::append_to_file(file, line).has_value());
        for (const auto policy : {unknown_host::refuse, unknown_host::add}) {
            f = co_await failure_with(server_setup(), client_options().user("tester").key(user_key()).known_hosts(file, policy));
            CHECK(f.code() == errc::host_key_changed);
        }
    });
}

TEST_CASE("peers that do not speak SSH, or stop speaking, are errors with words")
{
    run_test([]() -> awaitable<void> {
        failure f = co_await failure_after("", true);
        CHECK(f.code() == errc::connection_lost);
        f = co_await failure_after("SSH-2.0-x\r\n", true);
        CHECK(f.code() == errc::connection_lost);
        f = co_await failure_after("SSH-1.5-old\r\n", true);
        CHECK(f.code() == errc::bad_identification);
        f = co_await failure_after("HTTP/1.1 400 Bad Request\r\n\r\n", true);
        CHECK(f.code() == errc::connection_lost);
        CHECK(f.context().ends_with("; it said \"HTTP/1.1 400 Bad Request\""));
        f = co_await failure_after("\x1b[2J" + std::string(200, 'x') + "\r\nmore\r\n", true);
        CHECK(f.context().find("\"\\x1b[2Jxxx") != std::string::npos);
        CHECK(f.context().ends_with("xxx...\""));
        CHECK(f.context().size() < 250);
        f = co_await failure_after(std::string(100'000, 'x'), false);
        CHECK(f.code() == errc::bad_identification);
        f = co_await failure_after("SSH-2.0-x\r\n" + pattern(3000), false);
        CHECK(f);
        limits hasty;
        hasty.identification_timeout = hasty.kex_timeout = std::chrono::milliseconds(60);
        f = co_await failure_after("", false, client_setup().limits(hasty));
        CHECK(f.code() == errc::timed_out);
        f = co_await failure_after("220 mail\r\n", false, client_setup().limits(hasty));
        CHECK(f.code() == errc::timed_out);
        CHECK(f.context().ends_with("; it said \"220 mail\""));
        f = co_await failure_after("SSH-2.0-x\r\n", false, client_setup().limits(hasty));
        CHECK(f.code() == errc::timed_out);
    });
}

TEST_CASE("a log-in that takes too long is given up, by either end")
{
    run_test([]() -> awaitable<void> {
        auto slow = [](auth_request) -> awaitable<auth_decision> {
            co_await pause_for(std::chrono::seconds(30));
            co_return auth_decision::accept();
        };
        limits hasty;
        hasty.login_timeout = std::chrono::milliseconds(300);
        failure f = co_await failure_with(server_setup().authenticator(auth_function(slow)), client_setup().limits(hasty));
        CHECK(f.code() == errc::timed_out);
        f = co_await failure_with(server_setup().authenticator(auth_function(slow)).limits(hasty), client_setup());
        CHECK(f.code() == errc::disconnected);
    });
}

TEST_CASE("a TCP connect that nobody answers ends at its time limit, or when it is cancelled")
{
    // A listening socket whose queue is full answers nothing on Linux.
    const int deaf = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(deaf, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(deaf, 0) == 0);
    ::getsockname(deaf, reinterpret_cast<sockaddr*>(&at), &size);
    std::vector<int> fill;
    for (int i = 0; i < 4; ++i) {
        fill.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        ::connect(fill.back(), reinterpret_cast<sockaddr*>(&at), size);
    }
    run_test([&]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const client_options o = client_setup().port(ntohs(at.sin_port));
        const auto before = std::chrono::steady_clock::now();
        failure f = co_await failure_of(connect("127.0.0.1", client_options(o).connect_timeout(std::chrono::milliseconds(100))));
        CHECK(f.code() == errc::timed_out);
        CHECK(f.context().find("127.0.0.1") != std::string::npos);
        for (const bool limited : {true, false}) {
            const auto limit = std::chrono::milliseconds(limited ? 60'000 : 0);
            beside connecting = beside::start(ex, connect("127.0.0.1", client_options(o).connect_timeout(limit)));
            co_await pause_for(std::chrono::milliseconds(50));
            connecting.cancel(stop_terminal);
            co_await pause_for(std::chrono::milliseconds(50));
            CHECK(connecting.aborted());
        }
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(20));
    });
    for (const int fd : fill)
        ::close(fd);
    ::close(deaf);
}

TEST_CASE("a name look-up does not hold up a cancellation")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        beside looking = beside::start(ex, connect_tcp("a-name-that-nobody-has.invalid", "22"));
        looking.cancel(stop_terminal);
        co_await settle();
        CHECK(looking.done());
    });
}

TEST_CASE("key exchanges and pings go on under load")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        auto busy = [](pair q) -> awaitable<void> { co_await check_echo(q.client, q.server, 3'000'000); };
        beside load = beside::start(p.client.get_executor(), busy(p));
        unsigned rounds = 0;
        for (; rounds < 5 || (!load.done() && rounds < 100); ++rounds) {
            co_await p.client.rekey();
            const auto rtt = co_await p.client.ping();
            CHECK(rtt.count() > 0);
            co_await p.server.rekey();
            const auto back = co_await p.server.ping();
            CHECK(back.count() > 0);
        }
        while (!load.done())
            co_await settle();
        CHECK(!load.result());
        CHECK(p.client.stats().key_exchanges >= 2 * rounds);
    });
}

TEST_CASE("a peer that falls silent is noticed by keepalives; one that answers is left in peace")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        auto streams = make_memory_streams(ex, ex);
        auto gag = std::make_shared<odd_stream::switches>();
        auto server_end = std::make_unique<odd_stream>(std::move(streams.first), gag);
        client_options watchful = client_setup().keepalive(std::chrono::milliseconds(40), 2);
        auto meeting = both(accept(std::move(server_end), server_setup()), connect(std::move(streams.second), "memory", watchful));
        auto [s, c] = co_await std::move(meeting);
        co_await pause_for(std::chrono::milliseconds(300));
        CHECK(c.is_open());
        gag->gagged = true;
        const failure why = co_await c.wait_closed();
        CHECK(why.code() == errc::keepalive_timeout);
        const failure f = co_await failure_of(c.run("x"));
        CHECK(f.code() == errc::keepalive_timeout);
        CHECK(f.context() == why.context());
    });
}

TEST_CASE("each end reads the other's identification string, comment included, up to the longest one")
{
    run_test([]() -> awaitable<void> {
        const std::string comment(245 - 7 - 1, 'c');
        pair p = co_await connected(server_setup().software("server_1.0", "a build - of today"),
                                    client_setup().software("tool_23", comment));
        CHECK(p.client.info().peer_identification == "SSH-2.0-server_1.0 a build - of today");
        CHECK(p.server.info().peer_identification == "SSH-2.0-tool_23 " + comment);
        CHECK(p.server.info().peer_identification.size() + 2 == 255);
        co_await p.client.rekey();
        CHECK(p.client.is_open());
    });
}

TEST_CASE("the reason for a disconnect arrives at the other end")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel_acceptor channels = p.client.listen_channels("x");
        beside waiting = co_await beside::start_here(channels.accept());
        p.server.disconnect(disconnect_reason::too_many_connections, "full\x1b");
        const failure there = co_await p.client.wait_closed();
        CHECK(there.code() == errc::disconnected);
        CHECK(there.context().find("full") != std::string::npos);
        CHECK(there.context().find('\x1b') == std::string::npos);
        const failure here = co_await p.server.wait_closed();
        CHECK(here.code() == errc::closed);
        co_await settle();
        CHECK(waiting.result().code() == errc::disconnected);
        CHECK(!p.client.is_open());
        CHECK(p.client.info().peer_identification.starts_with("SSH-2.0-"));
    });
}
