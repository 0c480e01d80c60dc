#include "pair.hpp"

#include <algorithm>

namespace sshoal::engine::test {
namespace {

constexpr std::size_t period = 65'521; // prime, so that no size of packet or window hides a shift

/// The pattern twice in a row: any piece of up to a period is contiguous.
byte_view pattern(std::uint64_t from, std::size_t most)
{
    static const bytes twice = [] {
        bytes b(2 * period);
        for (std::size_t i = 0; i < b.size(); ++i)
            b[i] = std::byte((i % period * 2'654'435'761u) >> 13);
        return b;
    }();
    return byte_view(twice).subspan(std::size_t(from % period), std::min(most, period));
}

} // namespace

void tube::told()
{
    if (hook_)
        hook_();
}

void tube::on_open_confirmed(byte_view)
{
    ++confirmed;
    told();
    pump();
}

void tube::on_open_refused(open_failure, std::string)
{
    ++refused;
    told();
}

void tube::check(byte_view data)
{
    while (!data.empty()) {
        const byte_view expected = pattern(received, data.size());
        intact = intact && equal(data.first(expected.size()), expected);
        received += expected.size();
        data = data.subspan(expected.size());
    }
}

std::size_t tube::on_data(mux::stream s, byte_view data)
{
    told();
    if (!takes)
        return 0;
    if (s == mux::stream::error)
        error_bytes += data.size();
    else
        check(data);
    return data.size();
}

void tube::on_eof()
{
    ++eofs;
    told();
    if (close_at_end && sent_all() && channel)
        channel->close();
}

void tube::on_writable()
{
    ++writable;
    told();
    if (pumps)
        pump();
}

void tube::on_request(const mux::incoming_request& r)
{
    requests.emplace_back(r.type);
    const mux::incoming_request copy = r;
    told();
    if (serve)
        serve(*this, copy);
    else if (copy.want_reply && channel)
        channel->reply(copy.token, true);
}

void tube::on_reply(std::uint64_t token, bool success)
{
    replies.emplace_back(token, success);
    told();
}

void tube::on_closed(const failure& f)
{
    ++closed;
    why = f;
    told();
}

void tube::send(std::uint64_t n)
{
    due += n;
    pump();
}

void tube::pump()
{
    while (channel && sent < due) {
        const byte_view next = pattern(sent, std::size_t(std::min<std::uint64_t>({due - sent, piece, period})));
        const std::size_t n = channel->write(mux::stream::data, next);
        sent += n;
        if (n < next.size())
            return;
    }
    if (channel && eof_at_end && channel->is_open())
        channel->send_eof();
    if (channel && close_at_end && eofs > 0)
        channel->close();
}

void tube::drain()
{
    bytes room(16 * 1024);
    while (const std::size_t n = channel->read(mux::stream::data, room))
        check(byte_view(room).first(n));
    while (const std::size_t n = channel->read(mux::stream::error, room))
        error_bytes += n;
}

} // namespace sshoal::engine::test
