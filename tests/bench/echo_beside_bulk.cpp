// How long an echo takes while transfers fill the same connection: one byte every so often, beside `gen`, `sink` or both.
#include "peer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace peer {
namespace {

using namespace sshoal;

struct transfer {
    std::vector<std::byte> block = std::vector<std::byte>(256 * 1024);
    std::uint64_t bytes = 0;
    bool done = false;
};

awaitable<void> take(process p, transfer& t)
{
    while (const std::size_t n = co_await p.out().read_some(t.block))
        t.bytes += n;
    t.done = true;
}

awaitable<void> give(process p, transfer& t, const bool& stop)
{
    while (!stop) {
        co_await p.in().write(t.block);
        t.bytes += t.block.size();
    }
    co_await p.in().send_eof();
    t.done = true;
}

awaitable<void> pause(std::chrono::milliseconds t)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(t);
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace

awaitable<void> echo_beside_bulk(const arguments& a)
{
    connection c = co_await connect(a.text("host", "127.0.0.1"), options_of(a));
    const std::string direction = a.text("direction", "get");
    const bool gets = direction == "get" || direction == "both", puts = direction == "put" || direction == "both";
    process echo = co_await c.start(a.text("cmd", "echo"));
    transfer down, up;
    bool stop = false;
    if (gets) {
        process p = co_await c.start("gen 1000000000000000");
        spawn(c, take(p, down));
    }
    if (puts) {
        process p = co_await c.start("sink");
        spawn(c, give(p, up, stop));
    }
    const std::chrono::milliseconds gap(a.number("gap", 10));
    co_await pause(std::chrono::milliseconds(500)); // windows have grown

    std::vector<double> took;
    std::vector<std::byte> one(1);
    const std::uint64_t down_before = down.bytes, up_before = up.bytes;
    const auto start = std::chrono::steady_clock::now();
    const auto length = std::chrono::seconds(a.number("secs", 5));
    while (std::chrono::steady_clock::now() - start < length) {
        const auto sent = std::chrono::steady_clock::now();
        co_await echo.in().write(one);
        const std::size_t n = co_await echo.io().read(one);
        if (n == 0)
            throw std::runtime_error("the echo has ended");
        took.push_back(seconds_since(sent) * 1e3);
        co_await pause(gap);
    }
    const double secs = seconds_since(start);
    const double down_rate = double(down.bytes - down_before) / secs / 1e6, up_rate = double(up.bytes - up_before) / secs / 1e6;
    stop = true;
    c.close();
    std::sort(took.begin(), took.end());
    const auto quantile = [&](double q) { return took[std::size_t(q * double(took.size() - 1))]; };
    std::printf(
        "{\"echoes\": %zu, \"median_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"down_MBps\": %.1f, \"up_MBps\": %.1f}\n",
        took.size(), quantile(0.5), quantile(0.99), took.back(), down_rate, up_rate);
    // What the transfers refer to lives here.
    while ((gets && !down.done) || (puts && !up.done)) {
        co_await pause(std::chrono::milliseconds(1));
        if (!c.is_open())
            break;
    }
}

} // namespace peer
