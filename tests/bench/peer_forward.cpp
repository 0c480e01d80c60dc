// Forwarding: a client with a port of -L, and the TCP programs at both ends of it.
#include "peer.hpp"

#include <sshoal/acceptor.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/forward.hpp>
#include <sshoal/task.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include <unistd.h>

namespace peer {

using namespace sshoal;

namespace {

using stream_pointer = std::unique_ptr<byte_stream>;

std::array<std::byte, 256 * 1024> block_of_all; // its bytes do not matter

bool is_later(const error_code& ec) { return ec == asio::error::would_block || ec == asio::error::try_again; }

/// Returns: the number of bytes; 0 at the end, or for an error.
awaitable<std::size_t> read_some(byte_stream& s, std::span<std::byte> into)
{
    for (;;) {
        error_code ec;
        const std::size_t n = s.try_read(into, ec);
        if (n > 0 || !is_later(ec))
            co_return n;
        ec = co_await s.wait_readable();
        if (ec)
            co_return 0;
    }
}

awaitable<bool> write_all(byte_stream& s, std::span<const std::byte> from)
{
    while (!from.empty()) {
        error_code ec;
        const std::size_t n = s.try_write(from, ec);
        from = from.subspan(n);
        if (n == 0 && !is_later(ec))
            co_return false;
        if (n == 0)
            ec = co_await s.wait_writable();
        if (n == 0 && ec)
            co_return false;
    }
    co_return true;
}

awaitable<void> write_bytes(byte_stream& s, std::size_t left)
{
    while (left > 0) {
        const std::size_t n = std::min(left, block_of_all.size());
        const bool works = co_await write_all(s, std::span<const std::byte>(block_of_all).first(n));
        if (!works)
            co_return;
        left -= n;
    }
}

/// The first byte of a caller says what it wants: 'g' bytes without end, 's' a sink, 'e' an echo.
awaitable<void> serve_tcp(stream_pointer s, std::size_t bytes)
{
    std::array<std::byte, 1> what{};
    if (co_await read_some(*s, what) == 0)
        co_return;
    if (what[0] == std::byte('g')) {
        co_await write_bytes(*s, bytes);
    } else if (what[0] == std::byte('s')) {
        while (co_await read_some(*s, block_of_all) > 0) {
        }
    } else {
        std::array<std::byte, 256> own;
        while (const std::size_t n = co_await read_some(*s, own))
            co_await write_all(*s, std::span<const std::byte>(own).first(n));
    }
    s->shutdown_send();
}

struct load {
    std::uint64_t answers = 0;
    std::vector<float> milliseconds;
};

/// One request after another; each has 64 bytes, and so has its answer.
awaitable<void> ask(stream_pointer s, std::chrono::steady_clock::time_point stop, load& all)
{
    std::array<std::byte, 64> message{};
    for (;;) {
        const auto sent = std::chrono::steady_clock::now();
        if (sent >= stop)
            co_return;
        co_await write_all(*s, message);
        for (std::size_t got = 0; got < message.size();) {
            const std::size_t n = co_await read_some(*s, message);
            if (n == 0)
                throw std::runtime_error("a stream has ended");
            got += n;
        }
        all.milliseconds.push_back(float(seconds_since(sent) * 1e3));
        ++all.answers;
    }
}

awaitable<stream_pointer> call(const arguments& a, char what)
{
    auto connecting = connect_tcp(a.text("host", "127.0.0.1"), a.text("port"));
    stream_pointer s = co_await std::move(connecting);
    const std::byte first[] = {std::byte(what)};
    co_await write_all(*s, first);
    co_return std::move(s);
}

awaitable<void> one_bulk(const arguments& a, bool get)
{
    stream_pointer s = co_await call(a, get ? 'g' : 's');
    const auto start = std::chrono::steady_clock::now();
    const std::size_t bytes = a.number("bytes", 1u << 29);
    std::size_t total = 0;
    if (!get) {
        co_await write_bytes(*s, bytes);
        total = bytes;
        s->shutdown_send();
    }
    while (const std::size_t n = co_await read_some(*s, block_of_all)) // a sink answers with its end
        total += n;
    std::printf("{\"bytes\": %zu, \"secs\": %.6f}\n", total, seconds_since(start));
}

awaitable<void> many_requests(const arguments& a, executor ex)
{
    const std::size_t n = a.number("n", 1000), stalled = a.number("stalled", 0);
    std::vector<stream_pointer> idle, talking;
    for (std::size_t i = 0; i < stalled; ++i)
        idle.push_back(co_await call(a, 'g')); // nobody reads these
    for (std::size_t i = 0; i < n; ++i)
        talking.push_back(co_await call(a, 'e'));
    load all;
    task_group group(ex);
    const auto start = std::chrono::steady_clock::now();
    for (stream_pointer& s : talking)
        group.start(ask(std::move(s), start + std::chrono::seconds(a.number("secs", 5)), all));
    co_await group.join();
    const double secs = seconds_since(start);
    std::sort(all.milliseconds.begin(), all.milliseconds.end());
    const auto quantile = [&](double q) {
        return all.milliseconds.empty() ? 0.0 : double(all.milliseconds[std::size_t(q * double(all.milliseconds.size() - 1))]);
    };
    std::printf("{\"n\": %zu, \"msgs\": %llu, \"secs\": %.6f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n", n,
                static_cast<unsigned long long>(all.answers), secs, quantile(0.5), quantile(0.99));
}

/// Opens connections that do nothing, until the end of standard input.
awaitable<void> many_idle(const arguments& a)
{
    std::vector<stream_pointer> all;
    for (std::size_t i = a.number("n", 1000); i > 0; --i)
        all.push_back(co_await call(a, 'e'));
    std::printf("{\"n\": %zu}\n", all.size());
    std::fflush(stdout);
    char byte;
    if (::read(0, &byte, 1) < 0)
        throw std::runtime_error("stdin");
}

} // namespace

awaitable<void> forward_port(const arguments& a)
{
    client_options options = options_of(a);
    const std::string host = a.text("host", "127.0.0.1");
    login_target hop;
    hop.host = host;
    hop.port = std::uint16_t(a.number("port", 22));
    for (std::size_t i = a.number("jumps", 0); i > 0; --i)
        options.jump(hop, options_of(a));
    connection c = co_await connect(host, options);
    auto beginning = forward::local(c, a.text("listen", "127.0.0.1:0"), a.text("target"), forward::options().max_streams(0));
    const forward::forwarding port = co_await std::move(beginning);
    std::printf("READY %u\n", unsigned(port.port()));
    std::fflush(stdout);
    co_await c.wait_closed();
}

awaitable<void> tcp_server(const arguments& a, executor ex)
{
    stream_acceptor door(ex, listen_address("127.0.0.1", std::uint16_t(a.number("port", 0))));
    std::printf("READY %u\n", unsigned(door.port()));
    std::fflush(stdout);
    for (;;) {
        stream_pointer next = co_await door.accept();
        spawn(ex, serve_tcp(std::move(next), a.number("bytes", 1u << 29)));
    }
}

awaitable<void> tcp_load(const arguments& a, executor ex)
{
    const std::string mode = a.text("mode", "requests");
    if (mode == "get" || mode == "put")
        return one_bulk(a, mode == "get");
    return mode == "idle" ? many_idle(a) : many_requests(a, ex);
}

} // namespace peer
