#include "scp/meter.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sshoal::scp {
namespace {

constexpr std::chrono::milliseconds between{100};

} // namespace

void meter::begin(const std::string& path, std::uint64_t size)
{
    now_.bytes = 0;
    now_.size = size;
    now_.done = false;
    ++now_.files_found;
    now_.bytes_found += size;
    if (!tell_)
        return;
    now_.path = path;
    send_line(clock::now());
}

void meter::moved(std::size_t n)
{
    now_.bytes += n;
    now_.total_bytes += n;
    if (!tell_)
        return;
    const auto at = clock::now();
    if (at - said_ >= between)
        send_line(at);
}

void meter::end(bool complete)
{
    now_.done = complete;
    if (complete)
        ++now_.files_done;
    if (tell_)
        send_line(clock::now());
}

void meter::send_line(clock::time_point at)
{
    said_ = at;
    now_.elapsed = at - began_;
    tell_(now_);
}

awaitable<void> keep_to_rate(const meter& m, std::uint64_t bytes_per_second)
{
    if (bytes_per_second == 0)
        co_return;
    const std::chrono::duration<double> due(double(m.total()) / double(bytes_per_second));
    const std::chrono::duration<double> early = due - m.elapsed();
    if (early <= std::chrono::milliseconds(1))
        co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    // A very low rate must not overflow the clock.
    const auto pause = std::min(early, std::chrono::duration<double>(3600));
    timer.expires_after(std::chrono::duration_cast<meter::clock::duration>(pause));
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace sshoal::scp
