#include "ends.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

namespace rig {
namespace {

awaitable<channel> accept_one(server_connection c)
{
    incoming_channel in = co_await c.next_channel();
    co_return in.accept();
}

awaitable<void> listen_now(server_connection c, std::string type)
{
    c.listen_channels(std::move(type));
    co_return;
}

} // namespace

awaitable<void> listen_for(server_connection c, std::string type)
{
    auto listening = asio::co_spawn(c.get_executor(), listen_now(c, std::move(type)), asio::use_awaitable);
    co_await std::move(listening);
}

awaitable<void> open_channel_of(ends& e)
{
    using namespace asio::experimental::awaitable_operators;
    co_await listen_for(e.link.server, "test");
    auto accepting = asio::co_spawn(e.link.server.get_executor(), accept_one(e.link.server), asio::use_awaitable);
    auto both = e.link.client.open_channel("test") && std::move(accepting);
    auto [client_end, server_end] = co_await std::move(both);
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
