// Boost.Beast's websocket over a channel: what it asks of a stream beside reading and writing is its end.
#include "ends.hpp"

#include "sshoal/channel_stream.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

using namespace rig;
using namespace asio::experimental::awaitable_operators;
using sshoal::channel_stream;
namespace websocket = boost::beast::websocket;

namespace {

awaitable<void> serve_websocket(channel c)
{
    websocket::stream<channel_stream> ws(std::move(c));
    co_await ws.async_accept(asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    co_await ws.async_read(buffer, asio::use_awaitable);
    ws.binary(ws.got_binary());
    co_await ws.async_write(buffer.data(), asio::use_awaitable);
    buffer.clear();
    const failure end = co_await failure_of(ws.async_read(buffer, asio::use_awaitable));
    CHECK(end.code() == websocket::error::closed);
}

awaitable<std::string> ask_websocket(channel c, std::string text)
{
    websocket::stream<channel_stream> ws(std::move(c));
    ws.binary(true);
    co_await ws.async_handshake("example.org", "/chat", asio::use_awaitable);
    co_await ws.async_write(asio::buffer(text), asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    co_await ws.async_read(buffer, asio::use_awaitable);
    co_await ws.async_close(websocket::close_code::normal, asio::use_awaitable);
    co_return boost::beast::buffers_to_string(buffer.data());
}

} // namespace

TEST_CASE("a websocket runs over a channel, and closes it")
{
    run_test([]() -> awaitable<void> {
        const limits tiny = window_of(1000);
        ends e = co_await channel_ends(server_setup().limits(tiny), client_setup().limits(tiny));
        const std::string text = pattern(20'000);
        auto serving = asio::co_spawn(e.server.get_executor(), serve_websocket(e.server), asio::use_awaitable);
        auto both = ask_websocket(e.client, text) && std::move(serving);
        const std::string got = co_await std::move(both);
        CHECK(got == text);
        co_await e.client.wait_closed();
        co_await e.server.wait_closed();
    });
}

TEST_CASE("a stream's default token can be changed to use_awaitable")
{
    using stream = asio::use_awaitable_t<>::as_default_on_t<channel_stream>;
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        stream out(e.client);
        stream in = asio::use_awaitable_t<>::as_default_on(channel_stream(e.server));
        const std::string text = "one\ntwo\n";
        const std::size_t written = co_await out.async_write_some(asio::buffer(text));
        CHECK(written == text.size());
        std::string buffer;
        std::size_t n = co_await asio::async_read_until(in, asio::dynamic_buffer(buffer), '\n');
        CHECK(buffer.substr(0, n) == "one\n");
        buffer.erase(0, n);
        n = co_await asio::async_read_until(in, asio::dynamic_buffer(buffer), '\n');
        CHECK(buffer.substr(0, n) == "two\n");
    });
}
