#include "catch.hpp"
#include "scripted_stream.hpp"

#include "net/stream_io.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace sshoal::net::test {
namespace {

/// One operation at a time on a scripted stream.
struct io_scene {
    asio::io_context ctx;
    std::shared_ptr<stream_script> script = std::make_shared<stream_script>();
    std::unique_ptr<stream_io> io = make_stream_io(std::make_unique<scripted_stream>(script), executor(ctx.get_executor()));
    std::vector<std::byte> room = std::vector<std::byte>(100);
    error_code ec;
    std::optional<std::size_t> moved;

    void start(awaitable<std::size_t> operation)
    {
        moved.reset();
        asio::co_spawn(ctx, std::move(operation), [this](std::exception_ptr, std::size_t n) { moved = n; });
        run();
    }
    void run()
    {
        ctx.restart();
        ctx.poll();
    }
};

} // namespace

TEST_CASE("stream_io: reading waits for bytes, and tells the end from an error")
{
    io_scene s;
    s.start(s.io->read_some(s.room, s.ec));
    CHECK_FALSE(s.moved);
    s.script->arrive(std::vector<std::byte>(30));
    s.run();
    CHECK(s.moved == 30u);
    s.script->piece = 7;
    s.start(s.io->read(std::span(s.room).first(40), s.ec));
    s.script->arrive(std::vector<std::byte>(20));
    s.run();
    CHECK_FALSE(s.moved);
    s.script->arrive(std::vector<std::byte>(30));
    s.run();
    CHECK(s.moved == 40u);
    CHECK_FALSE(s.ec);
    s.script->arrive_end();
    s.start(s.io->read(s.room, s.ec));
    CHECK(s.moved == 10u);
    CHECK_FALSE(s.ec);
    s.script->arrive_end(asio::error::connection_reset);
    s.start(s.io->read_some(s.room, s.ec));
    CHECK(s.moved == 0u);
    CHECK(s.ec == asio::error::connection_reset);
}

TEST_CASE("stream_io: writing waits for room")
{
    io_scene s;
    s.script->room = 10;
    s.start(s.io->write(s.room, s.ec));
    CHECK_FALSE(s.moved);
    for (int i = 0; i < 3; ++i) {
        s.script->make_room(30);
        s.run();
    }
    CHECK(s.moved == 100u);
    CHECK_FALSE(s.ec);
    s.script->room = 0;
    s.start(s.io->write_some(s.room, s.ec));
    s.script->break_outlet(asio::error::broken_pipe);
    s.run();
    CHECK(s.moved == 0u);
    CHECK(s.ec == asio::error::broken_pipe);
}

TEST_CASE("stream_io: close() ends operations that wait, and those that come later")
{
    io_scene s;
    s.script->room = 0;
    const bool reading = GENERATE(true, false);
    s.start(reading ? s.io->read_some(s.room, s.ec) : s.io->write(s.room, s.ec));
    CHECK_FALSE(s.moved);
    s.io->close();
    s.run();
    CHECK(s.moved == 0u);
    CHECK(s.ec == asio::error::operation_aborted);
    s.start(reading ? s.io->read_some(s.room, s.ec) : s.io->write(s.room, s.ec));
    CHECK(s.moved == 0u);
    CHECK(s.ec == asio::error::operation_aborted);
}

TEST_CASE("stream_io: a stream that fails at any call ends the operation with its error")
{
    for (const bool reading : {true, false})
        for (std::size_t k = 0;; ++k) {
            INFO((reading ? "reading, call " : "writing, call ") << k);
            io_scene s;
            s.script->fail_at = k;
            s.script->piece = 30;
            s.script->room = 40;
            s.start(reading ? s.io->read(s.room, s.ec) : s.io->write(s.room, s.ec));
            s.script->arrive(std::vector<std::byte>(100));
            s.script->make_room(without_limit);
            s.run();
            REQUIRE(s.moved);
            if (s.script->calls <= k) {
                CHECK(s.moved == 100u);
                CHECK_FALSE(s.ec);
                CHECK(k > 2);
                break;
            }
            CHECK(*s.moved < 100);
            CHECK(s.ec);
        }
}

} // namespace sshoal::net::test
