// What a connection can run over: channels of other connections, Unix sockets, pipes.
#include "ends.hpp"


#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace rig;

namespace {

/// A connection through a channel of another, and a channel of that again.
awaitable<ends> ends_through(ends outer)
{
    ends e;
    auto serving = asio::co_spawn(outer.server.get_executor(), accept(make_channel_stream(outer.server), server_setup()),
                                  asio::use_awaitable);
    auto meeting = both(std::move(serving), connect(make_channel_stream(outer.client), "inner", client_setup()));
    auto [server_end, client_end] = co_await std::move(meeting);
    e.link.server = std::move(server_end);
    e.link.client = std::move(client_end);
    co_await open_channel_of(e);
    co_return std::move(e);
}

} // namespace

TEST_CASE("a connection runs through two jump hosts, and ends with the first of them")
{
    run_test([]() -> awaitable<void> {
        ends outer = co_await channel_ends();
        ends middle = co_await ends_through(outer);
        ends inner = co_await ends_through(middle);
        CHECK(inner.link.client.get_executor() == outer.link.client.get_executor());
        co_await check_echo(inner.link.client, inner.link.server, 300'000);
        co_await inner.link.client.rekey();
        co_await middle.link.client.rekey();
        co_await check_echo(middle.link.client, middle.link.server, 1000);
        const std::string text = pattern(100);
        co_await inner.client.write(text);
        std::string got(100, ' ');
        co_await inner.server.read(room(got));
        CHECK(got == text);
        outer.link.client.close();
        const failure client_side = co_await inner.link.client.wait_closed();
        CHECK(client_side.code() == errc::connection_lost);
        const failure server_side = co_await inner.link.server.wait_closed();
        CHECK(server_side);
    });
}

TEST_CASE("jump hosts can be dropped from the outside, from the inside, and with the io_context")
{
    for (const bool outside_first : {true, false})
        run_test([outside_first]() -> awaitable<void> {
            ends outer = co_await channel_ends();
            ends inner = co_await ends_through(outer);
            std::string got(10, ' ');
            beside reading = co_await beside::start_here(inner.client.read_some(room(got)));
            connection watch = inner.link.client;
            if (outside_first)
                outer = ends();
            watch = connection();
            inner = ends();
            outer = ends();
            co_await settle();
            CHECK(reading.done());
        });
    run_test([]() -> awaitable<void> {
        ends outer = co_await channel_ends();
        ends inner = co_await ends_through(outer);
        std::string got(10, ' ');
        beside reading = co_await beside::start_here(inner.client.read_some(room(got)));
        CHECK(!reading.done());
    });
}

TEST_CASE("a connection runs over a Unix socket")
{
    temporary_folder folder;
    const std::string path = folder.path / "socket";
    run_test([&path]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener lis(ex, listen_address::unix_socket(path), server_setup());
        beside accepting = beside::start(ex, lis.accept());
        std::unique_ptr<byte_stream> stream = co_await connect_unix(path);
        connection c = co_await connect(std::move(stream), "unix", client_setup());
        CHECK(c.info().remote == endpoint::unix_socket(path));
        co_await settle();
        CHECK(accepting.done());
        const failure none = co_await failure_of(connect_unix(path + "-not"));
        CHECK(none.code() == boost::system::errc::no_such_file_or_directory);
        const failure too_long = co_await failure_of(connect_unix(std::string(200, 'x')));
        CHECK(too_long.code() == errc::invalid_argument);
    });
}

TEST_CASE("a connection runs over two pipes, and leaves them blocking as they were")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        int there[2], back[2];
        REQUIRE(::pipe(there) == 0);
        REQUIRE(::pipe(back) == 0);
        const int shared = ::dup(back[0]);
        {
            auto client_end = make_descriptor_stream(ex, back[0], there[1]);
            auto server_end = make_descriptor_stream(ex, there[0], back[1]);
            auto accepting = accept(std::move(server_end), server_setup());
            auto meeting = both(std::move(accepting), connect(std::move(client_end), "pipe", client_setup()));
            auto [s, c] = co_await std::move(meeting);
            co_await check_echo(c, s, 500'000);
            CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) != 0);
        }
        co_await settle();
        CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
        ::close(shared);
    });
}

TEST_CASE("a socket on both descriptors is one stream; files and closed descriptors are refused")
{
    temporary_folder folder;
    run_test([&folder]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        int ends_of[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of) == 0);
        auto client_end = make_descriptor_stream(ex, ends_of[0], ::dup(ends_of[0]));
        auto server_end = make_descriptor_stream(ex, ends_of[1], ends_of[1]);
        auto accepting = accept(std::move(server_end), server_setup());
        auto meeting = both(std::move(accepting), connect(std::move(client_end), "pair", client_setup()));
        auto [s, c] = co_await std::move(meeting);
        co_await check_echo(c, s, 100'000);

        const int file = ::open((folder.path / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        error_code refused;
        try {
            auto made = make_descriptor_stream(ex, file, file);
        } catch (const error& e) {
            refused = e.code();
        }
        CHECK(refused == errc::invalid_argument);
        ::close(file);
        CHECK_THROWS_AS(make_descriptor_stream(ex, file, file), error);
    });
}

TEST_CASE("a pipe that nobody reads any more ends the connection, not the program")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        int there[2], back[2];
        REQUIRE(::pipe(there) == 0);
        REQUIRE(::pipe(back) == 0);
        ::close(there[0]);
        auto client_end = make_descriptor_stream(ex, back[0], there[1]);
        const failure f = co_await failure_of(connect(std::move(client_end), "pipe", client_setup()));
        CHECK(f.code() == errc::connection_lost);
        ::close(back[1]);
    });
}
