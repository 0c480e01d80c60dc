// The sockets of a listener: TCP and Unix, made by it or by somebody else, and options that change while it listens.
#include "listener_scene.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

using namespace rig;

TEST_CASE("a Unix socket is served, and its name goes with it")
{
    const std::string path = (std::filesystem::temp_directory_path() / ("sshoal-listen-" + std::to_string(::getpid()))).string();
    run_test([&]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, listen_address::unix_socket(path), server_setup());
        CHECK(l.local() == endpoint::unix_socket(path));
        CHECK_THROWS_AS(listener(ex, listen_address::unix_socket(path), server_setup()), error);
        CHECK(std::filesystem::exists(path));
        spawn(ex, serve_listener(l, echo));
        std::unique_ptr<byte_stream> stream = co_await connect_unix(path);
        connection c = co_await connect(std::move(stream), "unix", client_setup());
        const run_result r = co_await c.run("cat", run_options().input("hello"));
        CHECK(r.out == "hello");
        l.close();
        co_await pause_for(std::chrono::milliseconds(20));
    });
    CHECK(!std::filesystem::exists(path));
}

TEST_CASE("a socket that listens already is served, again and again")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        asio::ip::tcp::acceptor made(ex, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        const listen_address at = listen_address::inherited(owned_descriptor(::dup(made.native_handle())));
        for (int i = 0; i < 2; ++i) {
            listener l(ex, at, server_setup());
            CHECK(l.port() == made.local_endpoint().port());
            spawn(ex, serve_listener(l, echo));
            connection c = co_await dial(l);
            const run_result r = co_await c.run("cat", run_options().input("hello"));
            CHECK(r.out == "hello");
            l.close();
        }
        asio::ip::tcp::socket other(ex, asio::ip::tcp::v4());
        const listen_address silent_one = listen_address::inherited(owned_descriptor(::dup(other.native_handle())));
        CHECK_THROWS_AS(listener(ex, silent_one, server_setup()), error);
        const listen_address no_socket = listen_address::inherited(owned_descriptor(::open("/dev/null", O_RDONLY)));
        CHECK_THROWS_AS(listener(ex, no_socket, server_setup()), error);
        CHECK_THROWS_AS(listen_address::inherited(owned_descriptor()), error);
    });
}

TEST_CASE("new options are for the connections that come after them")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup().software("before").max_connections(1));
        spawn(ex, serve_listener(l, echo));
        connection old = co_await dial(l);
        CHECK(old.info().peer_identification == "SSH-2.0-before");
        CHECK_THROWS_AS(l.set_options(server_options()), error); // no host key: the old options stay
        tcp::socket second = co_await silent(l);
        const bool dropped = co_await is_dropped(second);
        CHECK(dropped);
        l.set_options(server_setup().software("after").max_connections(2)); // the connection that is open is one of the two
        connection fresh = co_await dial(l);
        CHECK(fresh.info().peer_identification == "SSH-2.0-after");
        tcp::socket third = co_await silent(l);
        const bool dropped_too = co_await is_dropped(third);
        CHECK(dropped_too);
        const run_result r = co_await old.run("cat", run_options().input("still served"));
        CHECK(r.out == "still served");
        l.close();
    });
}

TEST_CASE("a listener that cannot be made says why")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener l(ex, anywhere, server_setup());
        try {
            listener second(ex, listen_address("127.0.0.1", l.port()), server_setup());
            FAIL("two on one port");
        } catch (const error& e) {
            CHECK(e.code() == asio::error::address_in_use);
            CHECK(e.context().find("127.0.0.1") != std::string::npos);
        }
        CHECK_THROWS_AS(listener(ex, anywhere, server_options()), error);
        CHECK_THROWS_AS(listener(ex, listen_address("no.such.host.invalid", 0), server_setup()), error);
        CHECK_THROWS_AS(listener(ex, listen_address::unix_socket(""), server_setup()), error);
        listener shared(ex, listen_address("127.0.0.1", 0).reuse_port(), server_setup());
        listener beside(ex, listen_address("127.0.0.1", shared.port()).reuse_port(), server_setup());
        CHECK(beside.port() == shared.port());
    });
}
