#include "forward_scene.hpp"

#include "sshoal/dial.hpp"

namespace rig {
namespace {

class presence {
public:
    explicit presence(std::shared_ptr<int> n) : n_(std::move(n)) { ++*n_; }
    presence(const presence&) = delete;
    ~presence() { --*n_; }

private:
    std::shared_ptr<int> n_;
};

awaitable<void> echo_one(std::unique_ptr<byte_stream> s, std::shared_ptr<int> present)
{
    const presence here(std::move(present));
    const executor ex = co_await asio::this_coro::executor;
    const std::unique_ptr<stream_io> io = net::make_stream_io(std::move(s), ex);
    std::string buffer(4096, ' ');
    error_code ec;
    for (;;) {
        auto reading = io->read_some(room(buffer), ec);
        const std::size_t n = co_await std::move(reading);
        if (n == 0)
            break;
        auto writing = io->write(std::as_bytes(std::span(buffer).first(n)), ec);
        co_await std::move(writing);
    }
    auto ending = io->write(std::as_bytes(std::span(".", 1)), ec);
    co_await std::move(ending);
}

awaitable<void> echo_all(std::shared_ptr<stream_acceptor> door, std::shared_ptr<int> callers, std::shared_ptr<int> present)
{
    for (;;) {
        std::unique_ptr<byte_stream> next = co_await door->accept();
        ++*callers;
        const executor ex = co_await asio::this_coro::executor;
        asio::co_spawn(ex, echo_one(std::move(next), present), asio::detached);
    }
}

awaitable<forward::forwarding> serve_here(server_connection c, forward::serve_options how)
{
    co_return forward::serve(std::move(c), std::move(how));
}

} // namespace

echo_host::echo_host(const executor& ex, listen_address at)
    : door_(std::make_shared<stream_acceptor>(ex, std::move(at)))
    , at_(door_->local())
{
    asio::co_spawn(ex, echo_all(door_, callers_, present_), asio::detached);
}

awaitable<echo_host> echo_at_port()
{
    const executor ex = co_await asio::this_coro::executor;
    co_return echo_host(ex, listen_address("127.0.0.1", 0));
}

awaitable<std::unique_ptr<stream_io>> call(endpoint to)
{
    const executor ex = co_await asio::this_coro::executor;
    auto connecting = connect_stream(std::move(to));
    std::unique_ptr<byte_stream> s = co_await std::move(connecting);
    co_return net::make_stream_io(std::move(s), ex);
}

awaitable<forwarding_pair> forwarding_ends(forward::serve_options how, server_options s, client_options c)
{
    forwarding_pair p;
    auto connecting = connected(std::move(forward::declare(s)), std::move(c));
    p.link = co_await std::move(connecting);
    auto serving = on_strand(p.link.server.get_executor(), serve_here(p.link.server, std::move(how)));
    p.served = co_await std::move(serving);
    co_return std::move(p);
}

awaitable<std::string> read_to_end(stream_io& from)
{
    std::string all, buffer(4096, ' ');
    error_code ec;
    for (;;) {
        auto reading = from.read_some(room(buffer), ec);
        const std::size_t n = co_await std::move(reading);
        if (n == 0)
            co_return std::move(all);
        all.append(buffer, 0, n);
    }
}

awaitable<std::string> ask(endpoint at, std::string text)
{
    auto connecting = connect_stream(std::move(at));
    std::unique_ptr<byte_stream> s = co_await std::move(connecting);
    error_code ec;
    std::span<const std::byte> rest = std::as_bytes(std::span(text));
    while (!rest.empty()) {
        const std::size_t n = s->try_write(rest, ec);
        rest = rest.subspan(n);
        if (n == 0 && ec != asio::error::would_block)
            co_return "write: " + ec.message();
        if (n == 0)
            ec = co_await s->wait_writable();
    }
    s->shutdown_send();
    const executor ex = co_await asio::this_coro::executor;
    const std::unique_ptr<stream_io> io = net::make_stream_io(std::move(s), ex);
    auto reading = read_to_end(*io);
    std::string answer = co_await std::move(reading);
    co_return std::move(answer);
}

awaitable<void> come_true(std::function<bool()> condition)
{
    for (int i = 0; i < 2000 && !condition(); ++i)
        co_await pause_for(std::chrono::milliseconds(1));
    CHECK(condition());
}

awaitable<void> becomes_closed(endpoint at)
{
    failure why;
    for (int i = 0; i < 2000 && why.code() != boost::system::errc::connection_refused; ++i) {
        auto calling = failure_of(connect_stream(at));
        why = co_await std::move(calling);
    }
    CHECK(why.code() == boost::system::errc::connection_refused);
}

endpoint closed_port(const executor& ex)
{
    const stream_acceptor held(ex, listen_address("127.0.0.1", 0));
    return held.local();
}

} // namespace rig
