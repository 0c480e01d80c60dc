#include "catch.hpp"

#include "sshoal/acceptor.hpp"
#include "sshoal/dial.hpp"
#include "sshoal/relay.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sshoal::net::test {
namespace {

/// What one operation came to.
struct made_stream {
    std::unique_ptr<byte_stream> stream;
    error_code thrown;
    bool done = false;
};

void start(const executor& ex, awaitable<std::unique_ptr<byte_stream>> operation, made_stream& into, asio::cancellation_slot slot = {})
{
    into.done = false;
    into.thrown = {};
    asio::co_spawn(ex, std::move(operation),
                   asio::bind_cancellation_slot(slot, [&into](std::exception_ptr e, std::unique_ptr<byte_stream> s) {
                       into.stream = std::move(s);
                       into.done = true;
                       try {
                           if (e)
                               std::rethrow_exception(e);
                       } catch (const boost::system::system_error& what) {
                           into.thrown = what.code();
                       }
                   }));
}

void run_until(asio::io_context& ctx, const bool& done)
{
    ctx.restart();
    while (!done && ctx.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    REQUIRE(done);
}

std::string socket_path(const char* name)
{
    return (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
}

} // namespace

TEST_CASE("acceptor: connections over TCP and Unix sockets are accepted and know their ends")
{
    asio::io_context ctx;
    const std::string path = socket_path("sshoal-acceptor-");
    const bool unix_socket = GENERATE(false, true);
    {
        stream_acceptor door(ctx, unix_socket ? listen_address::unix_socket(path) : listen_address("127.0.0.1", 0));
        CHECK((door.port() == 0) == unix_socket);
        made_stream inside, outside;
        start(ctx.get_executor(), door.accept(), inside);
        start(ctx.get_executor(), connect_stream(door.local()), outside);
        run_until(ctx, outside.done);
        run_until(ctx, inside.done);
        REQUIRE(inside.stream);
        REQUIRE(outside.stream);
        CHECK(outside.stream->remote() == door.local());
        CHECK(inside.stream->local() == door.local());
        if (!unix_socket)
            CHECK(inside.stream->remote() == outside.stream->local());
        CHECK_FALSE(outside.stream->shutdown_send());
        error_code ec;
        std::byte room[10];
        while (inside.stream->try_read(room, ec) == 0 && ec == asio::error::would_block)
            ::usleep(1000);
        CHECK(ec == asio::error::eof);
    }
    ctx.restart();
    ctx.poll();
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("acceptor: an address that cannot be had is told")
{
    asio::io_context ctx;
    stream_acceptor first(ctx, listen_address("127.0.0.1", 0));
    try {
        stream_acceptor second(ctx, listen_address(first.local()));
        FAIL("two sockets have one address");
    } catch (const error& e) {
        CHECK(e.code() == asio::error::address_in_use);
        CHECK(e.context() == first.local().describe());
    }
    CHECK_THROWS_AS(stream_acceptor(ctx, listen_address::unix_socket("")), error);
}

TEST_CASE("acceptor: close() ends the waits, and later ones, and refuses callers")
{
    asio::io_context ctx;
    stream_acceptor door(ctx, listen_address("127.0.0.1", 0));
    made_stream one, two, three, caller;
    start(ctx.get_executor(), door.accept(), one);
    start(ctx.get_executor(), door.accept(), two);
    ctx.poll();
    door.close();
    run_until(ctx, one.done);
    run_until(ctx, two.done);
    CHECK(one.thrown == errc::closed);
    CHECK(two.thrown == errc::closed);
    start(ctx.get_executor(), door.accept(), three);
    run_until(ctx, three.done);
    CHECK(three.thrown == errc::closed);
    start(ctx.get_executor(), connect_stream(door.local()), caller);
    run_until(ctx, caller.done);
    CHECK(caller.thrown == asio::error::connection_refused);
}

TEST_CASE("acceptor: a cancelled wait loses no connection")
{
    asio::io_context ctx;
    stream_acceptor door(ctx, listen_address("127.0.0.1", 0));
    asio::cancellation_signal signal;
    made_stream cancelled, inside, outside;
    start(ctx.get_executor(), door.accept(), cancelled, signal.slot());
    ctx.poll();
    signal.emit(asio::cancellation_type::terminal);
    run_until(ctx, cancelled.done);
    CHECK(cancelled.thrown == asio::error::operation_aborted);
    start(ctx.get_executor(), connect_stream(door.local()), outside);
    run_until(ctx, outside.done);
    start(ctx.get_executor(), door.accept(), inside);
    run_until(ctx, inside.done);
    CHECK(inside.stream);
}

TEST_CASE("acceptor: a lack of descriptors is waited out")
{
    asio::io_context ctx;
    stream_acceptor door(ctx, listen_address("127.0.0.1", 0));
    made_stream inside, outside;
    start(ctx.get_executor(), connect_stream(door.local()), outside);
    run_until(ctx, outside.done);
    ::rlimit before = {};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    ::rlimit none = before;
    none.rlim_cur = 3;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    start(ctx.get_executor(), door.accept(), inside);
    ctx.restart();
    ctx.poll();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_FALSE(inside.done);
    run_until(ctx, inside.done);
    CHECK(inside.stream);
}

TEST_CASE("acceptor: a handle that outlives its io_context does no harm")
{
    std::optional<stream_acceptor> door;
    {
        asio::io_context ctx;
        door.emplace(ctx, listen_address("127.0.0.1", 0));
        made_stream waiting;
        start(ctx.get_executor(), door->accept(), waiting);
        ctx.poll();
    }
    CHECK(door->port() != 0);
    door->close();
    CHECK_FALSE(door->get_executor());
}

TEST_CASE("dialling: an endpoint without address is refused, and errors name the address")
{
    asio::io_context ctx;
    made_stream none, missing;
    start(ctx.get_executor(), connect_stream(endpoint::without_address("pipe")), none);
    run_until(ctx, none.done);
    CHECK(none.thrown == errc::invalid_argument);
    start(ctx.get_executor(), connect_unix(socket_path("sshoal-no-such-")), missing);
    run_until(ctx, missing.done);
    CHECK(missing.thrown == boost::system::errc::no_such_file_or_directory);
}

TEST_CASE("relay: two connections over sockets, with the end of each direction carried")
{
    asio::io_context ctx;
    stream_acceptor door(ctx, listen_address("127.0.0.1", 0)), house(ctx, listen_address("127.0.0.1", 0));
    made_stream caller, at_door, to_house, in_house;
    start(ctx.get_executor(), connect_stream(door.local()), caller);
    start(ctx.get_executor(), door.accept(), at_door);
    start(ctx.get_executor(), connect_stream(house.local()), to_house);
    start(ctx.get_executor(), house.accept(), in_house);
    for (made_stream* const m : {&caller, &at_door, &to_house, &in_house})
        run_until(ctx, m->done);
    bool over = false;
    relay_result result;
    asio::co_spawn(ctx, relay(std::move(at_door.stream), std::move(to_house.stream)), [&](std::exception_ptr, relay_result r) {
        result = r;
        over = true;
    });
    const std::vector<std::byte> much(3'000'000);
    std::size_t given = 0, taken = 0;
    std::vector<std::byte> room(100'000);
    error_code ec;
    for (bool ended = false; !ended;) {
        if (given < much.size()) {
            given += caller.stream->try_write(std::span<const std::byte>(much).subspan(given), ec);
            if (given == much.size())
                CHECK_FALSE(caller.stream->shutdown_send());
        }
        taken += in_house.stream->try_read(room, ec);
        ended = ec == asio::error::eof;
        ctx.restart();
        ctx.poll();
    }
    CHECK(taken == much.size());
    CHECK_FALSE(over);
    in_house.stream->try_write(std::span<const std::byte>(much).first(7), ec);
    in_house.stream->close();
    run_until(ctx, over);
    CHECK(result.from_a == much.size());
    CHECK(result.from_b == 7);
    CHECK_FALSE(result.why);
    CHECK(caller.stream->try_read(room, ec) == 7);
}

} // namespace sshoal::net::test
