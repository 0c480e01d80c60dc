// Lines of files at an SFTP server.
#include "sftp_peers.hpp"
#include "sshoal/run_on.hpp"
#include "sshoal/sftp_file_stream.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

using namespace rig;
using namespace sshoal::sftp;

namespace {

awaitable<void> by_lines(client c, stream_options how)
{
    const std::string longer(100'000, 'x');
    co_await c.write_all("file", "one\r\n\n" + longer + "\ncopy: last");
    file f = co_await c.open("file", "r");
    f.streaming(how);
    std::optional<std::string> line = co_await f.read_line();
    CHECK(line == "one");
    CHECK(f.position() == 5);
    line_reader lines = f.lines();
    line = co_await lines.next();
    CHECK(line == "");
    failure why = co_await failure_of(f.read_line(50'000));
    CHECK(why.code() == errc::line_too_long);
    CHECK(f.position() == 6);
    why = co_await failure_of(f.read_until("nowhere"));
    CHECK(why.code() == errc::text_not_found);
    CHECK(f.position() == 6);
    line = co_await lines.next();
    CHECK(line == longer);
    std::string text = co_await f.read_until(": ");
    CHECK(text == "copy: ");
    std::string two(2, ' ');
    co_await f.read(room(two));
    CHECK(two == "la");
    line = co_await lines.next();
    CHECK(line == "st");
    line = co_await lines.next();
    CHECK(!line);
    CHECK_THROWS_AS(file().read_line(), error);
}

awaitable<std::string> from_elsewhere(file f)
{
    std::string all;
    line_reader lines = f.lines();
    f = file();
    while (std::optional<std::string> line = co_await lines.next())
        all += *line + "\n";
    co_return all;
}

} // namespace

TEST_CASE("a file is read by lines, with its position at the next line")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        co_await by_lines(c, stream_options());
        co_await by_lines(c, stream_options().read_ahead(0));
        co_await by_lines(c, stream_options().read_ahead(1000));
    });
}

TEST_CASE("many lines of a file, from another strand")
{
    run_test(
        []() -> awaitable<void> {
            client c = co_await client_of(make_memory_file_system());
            std::string all;
            for (int i = 0; i < 20'000; ++i)
                all += std::string(std::size_t(i % 70), 'x') + std::to_string(i) + "\n";
            co_await c.write_all("file", all);
            file f = co_await c.open("file", "r");
            const executor here = co_await asio::this_coro::executor;
            std::string got = co_await on_strand(another_strand(here), from_elsewhere(f));
            CHECK(got == all);
        },
        2);
}

TEST_CASE("a cancelled line of a file leaves the position at its beginning")
{
    run_test([]() -> awaitable<void> {
        scripted s([](const asked& q, answers& a) {
            if (q.what == sftp_protocol::type::open)
                a.handle(q.id);
            else if (q.what == sftp_protocol::type::read && q.offset() == 0)
                a.data(q.id, std::string(q.length(), 'x')); // no end of a line in it
            // Other reads are never answered.
        });
        client c = co_await s.open();
        file f = co_await c.open("file", "r");
        f.streaming(stream_options().read_ahead(0));
        beside reading = co_await beside::start_here(f.read_line());
        while (f.position() == 0)
            co_await settle();
        CHECK(!reading.done());
        reading.cancel(stop_total);
        while (!reading.done())
            co_await settle();
        CHECK(reading.aborted());
        CHECK(f.position() == 0);
        std::string got(4, ' ');
        co_await f.read_some(room(got));
        CHECK(got == "xxxx");
    });
}

TEST_CASE("a file is a stream for Asio's own functions")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        file f = co_await c.open("file", "w+");
        file_stream stream(f);
        const std::string text = "head\r\n\r\nbody";
        std::size_t n = co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
        CHECK(n == text.size());
        co_await f.seek(0);
        std::string got;
        auto reading = asio::async_read_until(stream, asio::dynamic_buffer(got), "\r\n\r\n", asio::use_awaitable);
        n = co_await std::move(reading);
        CHECK(got.substr(0, n) == "head\r\n\r\n");
        co_await f.seek(0, seek_from::end);
        std::string more(4, ' ');
        failure why = co_await failure_of(stream.async_read_some(asio::buffer(more), asio::use_awaitable));
        CHECK(why.code() == asio::error::eof);
        n = co_await stream.async_read_some(asio::buffer(more, 0), asio::use_awaitable);
        CHECK(n == 0);
        co_await f.close();
        why = co_await failure_of(stream.async_write_some(asio::buffer(text), asio::use_awaitable));
        CHECK(why.code() == status::invalid_handle);
    });
}

TEST_CASE("a path with a NUL is refused before anything is sent")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        const std::string bad("a\0b", 3);
        const auto refused = [](failure f) {
            return f.code() == errc::invalid_argument && f.context().find("a\\x00b") != std::string::npos;
        };
        CHECK_THROWS_AS(c.stat(bad), error);
        CHECK_THROWS_AS(c.make_symlink(bad, "link"), error);
        CHECK_THROWS_AS(c.expand_path("~" + bad), error);
        failure f = co_await failure_of(c.open(bad, "w"));
        CHECK(refused(f));
        f = co_await failure_of(c.list(bad));
        CHECK(refused(f));
        f = co_await failure_of(c.get(bad, "here"));
        CHECK(refused(f));
        co_await c.write_all("good", "text");
        std::string text = co_await c.read_all("good");
        CHECK(text == "text");
    });
}
