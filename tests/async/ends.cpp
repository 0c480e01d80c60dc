#include "ends.hpp"

#include <boost/asio/post.hpp>

namespace rig {
namespace {

awaitable<channel> accept_one(channel_acceptor from)
{
    incoming_channel in = co_await from.accept();
    co_return in.accept();
}

awaitable<channel_acceptor> listen_now(connection c, std::string type) { co_return c.listen_channels(std::move(type)); }

awaitable<request_acceptor> take_requests_now(connection c, std::string name) { co_return c.listen_requests(std::move(name)); }

} // namespace

awaitable<channel_acceptor> listen_for(connection c, std::string type)
{
    return asio::co_spawn(c.get_executor(), listen_now(c, std::move(type)), asio::use_awaitable);
}

awaitable<request_acceptor> listen_for_requests(connection c, std::string name)
{
    return asio::co_spawn(c.get_executor(), take_requests_now(c, std::move(name)), asio::use_awaitable);
}

awaitable<void> open_channel_of(ends& e)
{
    channel_acceptor from = co_await listen_for(e.link.server, "test");
    auto accepting = asio::co_spawn(e.link.server.get_executor(), accept_one(std::move(from)), asio::use_awaitable);
    auto opening = both(e.link.client.open_channel("test"), std::move(accepting));
    auto [client_end, server_end] = co_await std::move(opening);
    e.client = std::move(client_end);
    e.server = std::move(server_end);
}

awaitable<ends> channel_ends(server_options s, client_options c, carrier over)
{
    ends e;
    e.link = co_await connected(std::move(s), std::move(c), over);
    co_await open_channel_of(e);
    co_return std::move(e);
}

limits window_of(std::uint32_t bytes)
{
    limits l;
    l.initial_window = l.max_window = bytes;
    return l;
}

std::string pattern(std::size_t n)
{
    std::string s(n, '\0');
    for (std::size_t i = 0; i < n; ++i)
        s[i] = char((i * 2654435761u) >> 13);
    return s;
}

awaitable<void> check_echo(connection client, server_connection server, std::size_t n)
{
    serve(server, echo);
    const std::string text = pattern(n);
    const run_result r = co_await client.run("cat", run_options().input(text));
    CHECK(r.out == text);
    CHECK(r.ok());
}

awaitable<void> settle()
{
    const executor ex = co_await asio::this_coro::executor;
    for (int i = 0; i < 20; ++i)
        co_await asio::post(ex, asio::use_awaitable);
    co_await pause_for(std::chrono::milliseconds(3));
    for (int i = 0; i < 20; ++i)
        co_await asio::post(ex, asio::use_awaitable);
}

} // namespace rig
