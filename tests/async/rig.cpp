#include "rig.hpp"

#include "sshoal/run_on.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <stdexcept>
#include <thread>

namespace rig {
namespace {

private_key make_key()
{
    return private_key::generate(key_type::ed25519).value();
}

} // namespace

executor another_strand(const executor& here) { return own_strand(here.target<own_strand>()->get_inner_executor()); }

const private_key& host_key()
{
    static const private_key k = make_key();
    return k;
}
const private_key& user_key()
{
    static const private_key k = make_key();
    return k;
}
const private_key& other_key()
{
    static const private_key k = make_key();
    return k;
}

server_options server_setup()
{
    return server_options()
        .host_key(host_key())
        .authenticator(authenticate_keys({user_key().public_half()}, "tester"))
        .auth_failure_delay(std::chrono::milliseconds(0));
}

client_options keyless_setup() { return client_options().user("tester").host_key(host_key().public_half()); }
client_options client_setup() { return keyless_setup().key(user_key()); }

namespace {

struct meeting {
    server_connection server;
    connection client;
    failures failed;
};

awaitable<void> serve_end(std::unique_ptr<byte_stream> stream, server_options options, meeting& m)
{
    try {
        m.server = co_await accept(std::move(stream), std::move(options));
    } catch (const error& e) {
        m.failed.server = e.why();
    }
}

awaitable<void> connect_end(std::unique_ptr<byte_stream> stream, client_options options, meeting& m)
{
    try {
        m.client = co_await connect(std::move(stream), "memory", std::move(options));
    } catch (const error& e) {
        m.failed.client = e.why();
    }
}

/// The client's end first.
std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>> make_streams(carrier over, const executor& here,
                                                                                   const executor& there)
{
    if (over == carrier::memory)
        return make_memory_streams(here, there);
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        throw std::runtime_error("socketpair");
    auto first = make_descriptor_stream(here, fds[0], fds[0]);
    auto second = make_descriptor_stream(there, fds[1], fds[1]);
    return {std::move(first), std::move(second)};
}

awaitable<void> meet(server_options s, client_options c, meeting& m, carrier over = carrier::memory)
{
    const executor here = co_await asio::this_coro::executor;
    const executor there = another_strand(here);
    auto streams = make_streams(over, here, there);
    auto serving = on_strand(there, serve_end(std::move(streams.second), std::move(s), m)); // co_spawn() cancels what has ended
    auto meeting_now = both(std::move(serving), connect_end(std::move(streams.first), std::move(c), m));
    co_await std::move(meeting_now);
}

} // namespace

awaitable<pair> connected(server_options s, client_options c, carrier over)
{
    meeting m;
    co_await meet(std::move(s), std::move(c), m, over);
    if (m.failed.client)
        throw error(m.failed.client);
    if (m.failed.server)
        throw error(m.failed.server);
    pair p;
    p.server = std::move(m.server);
    p.client = std::move(m.client);
    co_return std::move(p);
}

awaitable<failures> failed_to_connect(server_options s, client_options c)
{
    meeting m;
    co_await meet(std::move(s), std::move(c), m);
    co_return std::move(m.failed);
}

namespace {

awaitable<void> serve_all(server_connection c, program p)
{
    for (;;) {
        std::optional<session_request> q = co_await c.next_session();
        if (!q)
            break;
        server_session s = q->accept();
        spawn(s, p(s, *q));
    }
}

} // namespace

void serve(server_connection c, program p) { spawn(c, serve_all(c, std::move(p))); }

awaitable<void> echo(server_session s, session_request)
{
    std::vector<std::byte> buffer(64 * 1024);
    for (;;) {
        const std::size_t n = co_await s.read_some(buffer);
        if (n == 0)
            break;
        co_await s.write(std::span(buffer).first(n));
    }
    co_await s.exit(0);
}

awaitable<void> wait_for_end(server_session s, session_request)
{
    for (;;) {
        const std::optional<session_event> e = co_await s.next_event();
        if (!e)
            break;
    }
}

void run_test(std::function<awaitable<void>()> test, unsigned threads)
{
    asio::io_context ctx(int(threads > 1 ? threads : 1));
    const executor strand = asio::make_strand(ctx);
    std::exception_ptr thrown;
    asio::steady_timer watchdog(ctx, std::chrono::seconds(150)); // unoptimised, with sanitizers, on a busy machine
    watchdog.async_wait([&](const error_code& ec) {
        if (!ec) {
            thrown = std::make_exception_ptr(std::runtime_error("the test hangs"));
            ctx.stop();
        }
    });
    asio::co_spawn(strand, test(), [&](std::exception_ptr e) {
        if (e)
            thrown = e;
        ctx.stop();
    });
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i)
        others.emplace_back([&] { ctx.run(); });
    std::exception_ptr spawned;
    try {
        ctx.run();
    } catch (...) {
        spawned = std::current_exception();
        ctx.stop();
    }
    for (std::thread& t : others)
        t.join();
    if (spawned)
        std::rethrow_exception(spawned);
    if (thrown)
        std::rethrow_exception(thrown);
}

awaitable<void> both(awaitable<void> a, awaitable<void> b)
{
    using namespace asio::experimental::awaitable_operators;
    auto all = std::move(a) && std::move(b);
    co_await std::move(all);
}

awaitable<bool> ends_within(std::chrono::milliseconds t, awaitable<void> operation)
{
    using namespace asio::experimental::awaitable_operators;
    auto race = std::move(operation) || pause_for(t);
    const auto first = co_await std::move(race);
    co_return first.index() == 0;
}

awaitable<void> pause_for(std::chrono::milliseconds t)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, t);
    co_await timer.async_wait(asio::use_awaitable);
}

awaitable<std::string> read_all(channel c, data_stream from)
{
    std::string all;
    std::vector<std::byte> buffer(4096);
    for (;;) {
        const std::size_t n = co_await c.read_some(buffer, from);
        if (n == 0)
            break;
        all.append(reinterpret_cast<const char*>(buffer.data()), n);
    }
    co_return all;
}

std::vector<std::byte> bytes_of(std::string_view text)
{
    const auto b = std::as_bytes(std::span(text));
    return {b.begin(), b.end()};
}

std::string text_of(const std::vector<std::byte>& b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

} // namespace rig
