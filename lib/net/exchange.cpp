#include "net/exchange.hpp"

#include "net/would_block.hpp"
#include "sshoal/deadline.hpp"
#include "sshoal/result_of.hpp"

#include <algorithm>
#include <array>

namespace sshoal::net {
namespace {

/// Gives the exchange what has arrived, as far as it wants that. Returns: whether something had.
bool take_some(byte_stream& from, exchange& into, bool& more, error_code& ec)
{
    std::array<std::byte, 256> room;
    const std::size_t n = from.try_read(byte_span(room).first(std::min(room.size(), into.wanted())), ec);
    if (n == 0)
        return false;
    ec = {};
    more = into.take(byte_view(room).first(n));
    return true;
}

/// The failure is thrown, since within() tells by an exception that the time is over.
awaitable<void> carry_out_or_throw(byte_stream& with, exchange& what)
{
    bytes sending = what.to_send();
    byte_view rest = sending;
    bool more = true;
    while (more || !rest.empty()) {
        error_code ec;
        if (!rest.empty()) {
            rest = rest.subspan(with.try_write(rest, ec));
            if (would_block(ec))
                ec = co_await with.wait_writable();
        } else if (take_some(with, what, more, ec)) {
            sending = what.to_send();
            rest = sending;
        } else if (would_block(ec)) {
            ec = co_await with.wait_readable();
        }
        if (ec)
            throw error(ec == asio::error::eof ? what.ended_early() : failure(ec));
    }
    if (failure f = what.why())
        throw error(std::move(f));
}

} // namespace

awaitable<failure> carry_out(byte_stream& with, exchange& what, std::chrono::nanoseconds limit)
{
    auto carrying = carry_out_or_throw(with, what);
    if (limit > limit.zero())
        carrying = within(limit, std::move(carrying));
    auto ending = result_of(std::move(carrying));
    const outcome<void> ended = co_await std::move(ending);
    co_return ended ? failure() : ended.error();
}

} // namespace sshoal::net
