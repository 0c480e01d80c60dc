// Ports of the server, and Unix sockets at both ends, between our client and our server.
#include "forward_scene.hpp"

#include "sshoal/relay.hpp"

using namespace rig;

namespace {

forward::serve_options with_sockets() { return forward::serve_options().unix_sockets(forward::direction::both); }

struct remote_ends {
    forwarding_pair p;
    echo_host host;
    forward::forwarding f;
};

awaitable<remote_ends> remote_forwarding(endpoint listen, forward::serve_options how = {})
{
    auto connecting = forwarding_ends(std::move(how));
    forwarding_pair p = co_await std::move(connecting);
    echo_host host = co_await echo_at_port();
    auto beginning = forward::remote(p.link.client, std::move(listen), host.at());
    forward::forwarding f = co_await std::move(beginning);
    remote_ends r{std::move(p), std::move(host), std::move(f)};
    co_return std::move(r);
}

} // namespace

TEST_CASE("forward: a port of the server reaches a host on this side")
{
    run_test([]() -> awaitable<void> {
        remote_ends r = co_await remote_forwarding(endpoint("localhost", 0));
        CHECK(r.f.port() != 0);
        const std::string text = pattern(300'000);
        auto asking = ask(endpoint("127.0.0.1", r.f.port()), text);
        const std::string answer = co_await std::move(asking);
        CHECK(answer == text + ".");
        co_await come_true([&] { return r.p.served.count().open == 0 && r.f.count().open == 0; });
        CHECK(r.f.count().opened == 1);
        CHECK(r.f.count().bytes_to_target == text.size());
        CHECK(r.p.served.count().opened == 1);
        CHECK(r.p.served.count().bytes_from_target == text.size() + 1);
    });
}

TEST_CASE("forward: the end of a remote forwarding frees the server's port, and its streams run on after drain()")
{
    run_test([]() -> awaitable<void> {
        remote_ends r = co_await remote_forwarding(endpoint("127.0.0.1", 0));
        const endpoint at("127.0.0.1", r.f.port());
        auto calling = call(at);
        std::unique_ptr<stream_io> open = co_await std::move(calling);
        co_await come_true([&] { return r.host.present() == 1; });
        r.f.drain();
        (void)co_await r.p.link.client.ping(); // the cancellation has arrived
        co_await becomes_closed(at);
        CHECK(r.host.present() == 1);
        open.reset();
        const failure why = co_await r.f.wait_closed();
        CHECK(why.code() == errc::closed);

        auto beginning = forward::remote(r.p.link.client, at, r.host.at()); // the same port again
        r.f = co_await std::move(beginning);
        CHECK(r.f.bound() == at);
        auto asking = ask(at, "x");
        const std::string answer = co_await std::move(asking);
        CHECK(answer == "x.");
    });
}

TEST_CASE("forward: the server's listeners end with their connection")
{
    run_test([]() -> awaitable<void> {
        remote_ends r = co_await remote_forwarding(endpoint("127.0.0.1", 0));
        r.p.link.client.close();
        const failure why = co_await r.p.served.wait_closed();
        CHECK(why.code() == errc::disconnected);
        const executor ex = co_await asio::this_coro::executor;
        const stream_acceptor again(ex, listen_address("127.0.0.1", r.f.port()));
        CHECK(again.port() == r.f.port());
    });
}

TEST_CASE("forward: several ports of one connection, each with its own target")
{
    run_test([]() -> awaitable<void> {
        remote_ends r = co_await remote_forwarding(endpoint("127.0.0.1", 0));
        const executor ex = co_await asio::this_coro::executor;
        auto beginning = forward::remote(r.p.link.client, endpoint("127.0.0.1", 0), closed_port(ex));
        const forward::forwarding nowhere = co_await std::move(beginning);
        auto asking = ask(endpoint("127.0.0.1", r.f.port()), "x");
        std::string answer = co_await std::move(asking);
        CHECK(answer == "x.");
        auto asking_nobody = ask(endpoint("127.0.0.1", nowhere.port()), "x");
        answer = co_await std::move(asking_nobody);
        CHECK(answer.find("x.") == answer.npos);
        co_await come_true([&] { return nowhere.count().refused == 1 && r.p.served.count().refused == 1; });
        CHECK(r.f.count().refused == 0);
    });
}

TEST_CASE("forward: a port that is taken is refused, and the connection goes on")
{
    run_test([]() -> awaitable<void> {
        remote_ends r = co_await remote_forwarding(endpoint("127.0.0.1", 0));
        auto beginning = failure_of(forward::remote(r.p.link.client, endpoint("127.0.0.1", r.f.port()), r.host.at()));
        const failure why = co_await std::move(beginning);
        CHECK(why.code() == errc::request_refused);
        auto asking = ask(endpoint("127.0.0.1", r.f.port()), "x");
        const std::string answer = co_await std::move(asking);
        CHECK(answer == "x.");
    });
}

TEST_CASE("forward: SOCKS answered at the client for a port of the server")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        echo_host host = co_await echo_at_port();
        auto beginning = forward::remote_dynamic(p.link.client, "127.0.0.1:0");
        const forward::forwarding f = co_await std::move(beginning);
        auto calling = call(endpoint("127.0.0.1", f.port()));
        const std::unique_ptr<stream_io> io = co_await std::move(calling);
        std::string request("\x04\x01??\x7f\0\0\x01\0x", 10), answer(9, ' ');
        request[2] = char(host.at().port() >> 8);
        request[3] = char(host.at().port() & 0xff);
        error_code ec;
        auto writing = io->write(std::as_bytes(std::span(request)), ec);
        co_await std::move(writing);
        auto reading = io->read(room(answer), ec);
        co_await std::move(reading);
        CHECK(answer == std::string("\0\x5a\0\0\0\0\0\0x", 9));
        CHECK(host.callers() == 1);
    });
}

TEST_CASE("forward: Unix sockets at either end, crossed with ports")
{
    const temporary_folder folder;
    const endpoint here = endpoint::unix_socket(folder.path / "here"), there = endpoint::unix_socket(folder.path / "there");
    run_test([&]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends(with_sockets());
        const executor ex = co_await asio::this_coro::executor;
        echo_host at_port(ex, listen_address("127.0.0.1", 0));
        echo_host at_path(ex, listen_address(endpoint::unix_socket(folder.path / "echo")));
        for (const endpoint& target : {at_port.at(), at_path.at()})
            for (const endpoint& listen : {here, endpoint("127.0.0.1", 0)}) {
                auto beginning = forward::local(p.link.client, listen, target);
                const forward::forwarding f = co_await std::move(beginning);
                auto asking = ask(f.bound(), "local");
                const std::string answer = co_await std::move(asking);
                CHECK(answer == "local.");
            }
        for (const endpoint& target : {at_port.at(), at_path.at()})
            for (const endpoint& listen : {there, endpoint("127.0.0.1", 0)}) {
                auto beginning = forward::remote(p.link.client, listen, target);
                forward::forwarding f = co_await std::move(beginning);
                auto asking = ask(f.bound(), "remote");
                const std::string answer = co_await std::move(asking);
                CHECK(answer == "remote.");
                f.stop();
                (void)co_await p.link.client.ping();
            }
        CHECK(!std::filesystem::exists(there.path()));
        CHECK(!std::filesystem::exists(here.path()));
    });
}

TEST_CASE("forward: the mode of a socket, and one that is in the way")
{
    const temporary_folder folder;
    const endpoint at = endpoint::unix_socket(folder.path / "s");
    run_test([&]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends(with_sockets());
        const executor ex = co_await asio::this_coro::executor;
        const stream_acceptor old(ex, listen_address(at));
        auto beginning = failure_of(forward::local(p.link.client, at, endpoint("127.0.0.1", 1)));
        const failure why = co_await std::move(beginning);
        CHECK(why.code() == boost::system::errc::address_in_use);
        auto how = forward::options().replace_socket().socket_mode(0640);
        auto beginning_again = forward::local(p.link.client, at, endpoint("127.0.0.1", 1), how);
        const forward::forwarding f = co_await std::move(beginning_again);
        CHECK((std::filesystem::status(at.path()).permissions() & std::filesystem::perms::mask) == std::filesystem::perms(0640));
    });
}

TEST_CASE("forward: a program takes the streams of a port itself")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        auto listening = forward::listen_tcp(p.link.client);
        forward::remote_acceptor a = co_await std::move(listening);
        CHECK(a.port() != 0);
        const executor ex = co_await asio::this_coro::executor;
        beside asking = beside::start(ex, ask(endpoint("127.0.0.1", a.port()), "question"));
        auto work = [](forward::remote_acceptor from) -> awaitable<std::string> {
            forward::forwarded_stream s = co_await from.accept();
            CHECK(s.originator.address() == "127.0.0.1");
            CHECK(s.originator.port() != 0);
            channel c = s.accept();
            const std::string question = co_await read_all(c);
            co_await c.write("answer");
            c.close();
            co_return question;
        };
        auto working = on_strand(p.link.client.get_executor(), work(a));
        const std::string question = co_await std::move(working);
        CHECK(question == "question");
        co_await come_true([&] { return asking.done(); });

        beside waiting = beside::start(ex, a.accept());
        co_await settle();
        a.close();
        co_await come_true([&] { return waiting.done(); });
        CHECK(waiting.result().code() == errc::closed);
        (void)co_await p.link.client.ping();
        co_await becomes_closed(endpoint("127.0.0.1", a.port()));
    });
}

TEST_CASE("forward: the end of the connection is what an acceptor of a port reports")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        auto listening = forward::listen_tcp(p.link.client);
        forward::remote_acceptor a = co_await std::move(listening);
        const executor ex = co_await asio::this_coro::executor;
        beside waiting = beside::start(ex, a.accept());
        co_await settle();
        p.link.server.disconnect(disconnect_reason::by_application, "enough");
        co_await come_true([&] { return waiting.done(); });
        CHECK(waiting.result().code() == errc::disconnected);
    });
}
