// delay_proxy - a long path on one machine: what arrives on a TCP port goes on to another after half a round trip, as fast as it
// came.
//
//     delay_proxy TARGET_PORT ROUND_TRIP_MILLISECONDS          prints READY PORT
//
// It shows what windows and pipelining do to a transfer, not what TCP does on a path with losses. Up to 256 MiB are held back in
// each direction.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using clock_type = std::chrono::steady_clock;

namespace {

constexpr std::size_t read_size = 256 * 1024;
constexpr std::size_t most_held = 256 * 1024 * 1024;

struct piece {
    clock_type::time_point due;
    std::vector<char> data; // empty: end of file
};

struct direction {
    direction(std::shared_ptr<tcp::socket> f, std::shared_ptr<tcp::socket> t)
        : from(std::move(f))
        , to(std::move(t))
        , change(to->get_executor())
    {
        change.expires_at(clock_type::time_point::max());
    }
    std::shared_ptr<tcp::socket> from, to;
    std::deque<piece> held;
    std::size_t size = 0;
    asio::steady_timer change; // cancelled whenever `held` has changed
};

asio::awaitable<void> changed(direction& d)
{
    boost::system::error_code ignored;
    co_await d.change.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> read_side(std::shared_ptr<direction> d, clock_type::duration delay)
{
    boost::system::error_code ec;
    while (!ec) {
        while (d->size > most_held)
            co_await changed(*d);
        std::vector<char> data(read_size);
        const std::size_t n
            = co_await d->from->async_read_some(asio::buffer(data), asio::redirect_error(asio::use_awaitable, ec));
        data.resize(ec ? 0 : n);
        d->size += data.size();
        d->held.push_back({clock_type::now() + delay, std::move(data)});
        d->change.cancel();
    }
}

asio::awaitable<void> write_side(std::shared_ptr<direction> d)
{
    asio::steady_timer timer(d->to->get_executor());
    boost::system::error_code ec;
    while (!ec) {
        while (d->held.empty())
            co_await changed(*d);
        piece next = std::move(d->held.front());
        d->held.pop_front();
        timer.expires_at(next.due);
        co_await timer.async_wait(asio::use_awaitable);
        if (next.data.empty()) {
            d->to->shutdown(tcp::socket::shutdown_send, ec);
            co_return;
        }
        co_await asio::async_write(*d->to, asio::buffer(next.data), asio::redirect_error(asio::use_awaitable, ec));
        d->size -= next.data.size();
        d->change.cancel();
    }
    d->from->close(ec);
}

asio::awaitable<void> serve(tcp::acceptor& acceptor, tcp::endpoint target, clock_type::duration delay)
{
    for (;;) {
        auto near = std::make_shared<tcp::socket>(co_await acceptor.async_accept(asio::use_awaitable));
        auto far = std::make_shared<tcp::socket>(acceptor.get_executor());
        co_await far->async_connect(target, asio::use_awaitable);
        near->set_option(tcp::no_delay(true));
        far->set_option(tcp::no_delay(true));
        for (const auto& d : {std::make_shared<direction>(near, far), std::make_shared<direction>(far, near)}) {
            asio::co_spawn(acceptor.get_executor(), read_side(d, delay), asio::detached);
            asio::co_spawn(acceptor.get_executor(), write_side(d), asio::detached);
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: delay_proxy TARGET_PORT ROUND_TRIP_MILLISECONDS\n");
        return 2;
    }
    asio::io_context ctx;
    const auto loopback = asio::ip::address_v4::loopback();
    tcp::acceptor acceptor(ctx, {loopback, 0});
    std::printf("READY %d\n", int(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    const auto delay
        = std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double, std::milli>(std::atof(argv[2]) / 2));
    asio::co_spawn(ctx, serve(acceptor, {loopback, std::uint16_t(std::atoi(argv[1]))}, delay), asio::detached);
    ctx.run();
}
