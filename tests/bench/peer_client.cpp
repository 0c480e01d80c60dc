#include "peer.hpp"

#include <sshoal/forward.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace peer {

using namespace sshoal;

client_options options_of(const arguments& a)
{
    auto key = private_key::load(a.text("key"));
    if (!key)
        throw error(key.error());
    client_options o;
    o.user(a.text("user", "root")).key(std::move(*key)).verifier(trust_any_host_key_insecurely());
    o.port(std::uint16_t(a.number("port", 22))).algorithms(a.algorithms());
    sshoal::limits limits;
    limits.max_channels = 1 << 20;
    limits.login_timeout = std::chrono::seconds(0);
    o.limits(limits);
    return o;
}

namespace {

std::array<std::byte, 256 * 1024> block;

double resident_kb()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stod(line.substr(6));
    return 0;
}

awaitable<void> some_handshakes(const client_options& o, const arguments& a, std::size_t& left, std::size_t& running)
{
    while (left > 0) {
        --left;
        connection c = co_await connect(a.text("host", "127.0.0.1"), o);
        co_await c.run(a.text("cmd", "true"));
        c.close();
    }
    --running;
}

struct ping_pong {
    std::size_t messages = 0;
    std::size_t running = 0;
    std::vector<float> milliseconds;
};

awaitable<void> bounce(channel io, std::size_t size, std::chrono::steady_clock::time_point stop, ping_pong& all)
{
    std::vector<std::byte> b(size);
    for (;;) {
        const auto sent = std::chrono::steady_clock::now();
        if (sent >= stop)
            break;
        co_await io.write(b);
        if (co_await io.read(b) < size)
            break;
        all.milliseconds.push_back(float(seconds_since(sent) * 1e3));
        ++all.messages;
    }
    --all.running;
}

awaitable<channel> open_one(connection c, const arguments& a)
{
    if (const std::string target = a.text("forward"); !target.empty()) {
        channel direct = co_await forward::connect(c, endpoint::parse(target).value());
        co_return direct;
    }
    process p = co_await c.start(a.text("cmd", "echo"));
    co_return p.io();
}

awaitable<void> open_some(connection c, const arguments& a, std::vector<channel>& all, std::size_t& left, std::size_t& running)
{
    while (left > 0) {
        --left;
        all.push_back(co_await open_one(c, a));
    }
    --running;
}

/// Lets everything else on the thread run until the count is down.
awaitable<void> until_zero(const std::size_t& running)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (running > 0) {
        timer.expires_after(std::chrono::milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace

awaitable<void> bulk(const arguments& a, bool get)
{
    connection c = co_await connect(a.text("host", "127.0.0.1"), options_of(a));
    const auto start = std::chrono::steady_clock::now();
    process p = co_await c.start(a.text("cmd", "true"));
    std::size_t total = 0;
    if (get) {
        while (const std::size_t n = co_await p.out().read_some(block))
            total += n;
    } else {
        for (std::size_t left = a.number("bytes", 0); left > 0;) {
            const std::size_t n = std::min(left, block.size());
            co_await p.in().write(std::span<const std::byte>(block).first(n));
            left -= n;
            total += n;
        }
        co_await p.in().send_eof();
    }
    co_await p.wait();
    std::printf("{\"bytes\": %zu, \"secs\": %.6f}\n", total, seconds_since(start));
    c.close();
}

awaitable<void> handshakes(const arguments& a, executor ex)
{
    const client_options o = options_of(a);
    const std::size_t n = a.number("n", 1);
    std::size_t left = n;
    const std::size_t conc = a.number("conc", 1);
    std::size_t running = conc;
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < conc; ++i)
        spawn(ex, some_handshakes(o, a, left, running));
    co_await until_zero(running);
    std::printf("{\"n\": %zu, \"secs\": %.6f}\n", n, seconds_since(start));
}

awaitable<void> channels(const arguments& a, executor ex)
{
    connection c = co_await connect(a.text("host", "127.0.0.1"), options_of(a));
    const std::size_t n = a.number("n", 1000);
    const double before = resident_kb();
    const auto opening = std::chrono::steady_clock::now();
    std::vector<channel> all;
    all.reserve(n);
    std::size_t left = n, running = 64;
    for (int i = 0; i < 64; ++i)
        spawn(ex, open_some(c, a, all, left, running));
    co_await until_zero(running);
    const double opened = seconds_since(opening);
    const double after = resident_kb();
    std::fprintf(stderr, "OPEN\n");
    char byte;
    if (!a.text("hold").empty() && ::read(0, &byte, 1) < 0)
        throw std::runtime_error("stdin");
    ping_pong p;
    p.running = n;
    const auto start = std::chrono::steady_clock::now();
    for (const channel& one : all)
        spawn(ex, bounce(one, a.number("size", 64), start + std::chrono::seconds(a.number("secs", 5)), p));
    co_await until_zero(p.running);
    const double secs = seconds_since(start);
    std::sort(p.milliseconds.begin(), p.milliseconds.end());
    const auto quantile = [&](double q) {
        return p.milliseconds.empty() ? 0.0 : double(p.milliseconds[std::size_t(q * double(p.milliseconds.size() - 1))]);
    };
    std::printf("{\"n\": %zu, \"open_secs\": %.6f, \"msgs\": %zu, \"secs\": %.6f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
                "\"client_kb_per_channel\": %.2f}\n",
                n, opened, p.messages, secs, quantile(0.5), quantile(0.99), (after - before) / double(n));
    c.close();
}

namespace {
awaitable<void> connect_some(const client_options& o, const arguments& a, std::vector<connection>& all, std::size_t& left,
                             std::size_t& running)
{
    while (left > 0) {
        --left;
        all.push_back(co_await connect(a.text("host", "127.0.0.1"), o));
    }
    --running;
}
} // namespace

awaitable<void> idle(const arguments& a, executor ex)
{
    const client_options o = options_of(a);
    const std::size_t n = a.number("n", 1000);
    std::vector<connection> all;
    all.reserve(n);
    std::size_t left = n, running = 16;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 16; ++i)
        spawn(ex, connect_some(o, a, all, left, running));
    co_await until_zero(running);
    std::printf("{\"n\": %zu, \"secs\": %.6f}\n", n, seconds_since(start));
    std::fflush(stdout);
    char byte;
    if (::read(0, &byte, 1) < 0)
        throw std::runtime_error("stdin");
}

} // namespace peer
