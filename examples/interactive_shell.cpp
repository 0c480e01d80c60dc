// interactive_shell USER@HOST[:PORT] - a login shell at the server, on this terminal: raw mode, and its size is kept up to date.
#include "target.hpp"

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <iostream>

#include <fcntl.h>
#include <termios.h>

using namespace sshoal;
using namespace boost::asio::experimental::awaitable_operators;
using descriptor = asio::posix::stream_descriptor;

namespace {

/// The terminal hands over every key as it is; put back at the end.
struct raw_terminal {
    ::termios before{};
    int flags = ::fcntl(0, F_GETFL); // Asio makes it non-blocking, for everybody who shares it
    raw_terminal()
    {
        ::tcgetattr(0, &before);
        ::termios raw = before;
        ::cfmakeraw(&raw);
        ::tcsetattr(0, TCSADRAIN, &raw); // does nothing where it is no terminal
    }
    ~raw_terminal()
    {
        ::tcsetattr(0, TCSADRAIN, &before);
        ::fcntl(0, F_SETFL, flags);
    }
};

awaitable<void> show(process p, descriptor& screen)
{
    std::vector<std::byte> buffer(16 * 1024);
    while (std::size_t n = co_await p.out().read_some(buffer))
        co_await asio::async_write(screen, asio::buffer(buffer.data(), n), asio::use_awaitable);
}

awaitable<void> type(process p, descriptor& keys)
{
    std::vector<std::byte> buffer(4096);
    for (error_code ec; !ec;) {
        std::size_t n = co_await keys.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, ec));
        co_await p.in().write(std::span(buffer).first(n));
    }
    co_await p.in().send_eof();
    co_await p.wait();
}

awaitable<void> follow_size(process p)
{
    asio::signal_set changes(p.get_executor(), SIGWINCH);
    for (terminal now;;) {
        co_await changes.async_wait(asio::use_awaitable);
        now.take_from(0);
        co_await p.resize(now.size);
    }
}

awaitable<void> shell(target where, int& status)
{
    connection conn = co_await connect(where.host(), where.options());
    terminal local(std::getenv("TERM") ? std::getenv("TERM") : "dumb");
    local.take_from(0);
    process p = co_await conn.start_shell(process_options().optional_pty(local));
    std::optional<raw_terminal> raw;
    if (p.has_terminal()) // else lines are edited and shown here
        raw.emplace();
    descriptor keys(p.get_executor(), ::dup(0)), screen(p.get_executor(), ::dup(1));
    auto until_it_ends = (show(p, screen) && p.wait()) || type(p, keys) || follow_size(p);
    co_await std::move(until_it_ends);
    status = p.exit().code();
}

} // namespace

int main(int argc, char** argv)
{
    int status = 255;
    try {
        run([&] { return shell(target(argc > 1 ? argv[1] : "localhost"), status); });
    } catch (const std::exception& e) {
        std::cerr << "interactive_shell: " << e.what() << '\n';
    }
    return status;
}
