// listener_scene.hpp - a listener on a port of loopback, and clients of it that log in or stay silent.
#pragma once

#include "ends.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <vector>

namespace rig {

using tcp = asio::ip::tcp;

inline const listen_address anywhere("127.0.0.1", 0);

inline awaitable<void> serve_listener(listener l, program p)
{
    for (;;) {
        server_connection c;
        try {
            c = co_await l.accept();
        } catch (const error& e) {
            CHECK(e.code() == errc::closed);
            break;
        }
        serve(c, p);
    }
}

inline awaitable<connection> dial(const listener& l, client_options c = client_setup())
{
    return connect("127.0.0.1", c.port(l.port()));
}

/// A client that connects and stays silent.
inline awaitable<tcp::socket> silent(const listener& l)
{
    tcp::socket s(co_await asio::this_coro::executor);
    const tcp::endpoint where(asio::ip::make_address("127.0.0.1"), l.port());
    co_await s.async_connect(where, asio::use_awaitable);
    co_return std::move(s);
}

/// Whether the server has closed the socket; waits for that for a moment.
inline awaitable<bool> is_dropped(tcp::socket& s)
{
    std::vector<char> buffer(4096);
    auto drain = [&]() -> awaitable<void> {
        error_code ec;
        while (!ec)
            co_await s.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ec));
    };
    auto race = ends_within(std::chrono::milliseconds(500), drain());
    const bool in_time = co_await std::move(race);
    co_return in_time;
}

} // namespace rig
