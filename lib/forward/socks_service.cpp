#include "forward/socks_service.hpp"

#include "forward/reach.hpp"
#include "sshoal/deadline.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/result_of.hpp"

#include <boost/asio/error.hpp>

#include <array>

namespace sshoal::forward {
namespace {

bool may_come_later(const error_code& ec) noexcept { return ec == asio::error::would_block || ec == asio::error::try_again; }

awaitable<void> write_all(byte_stream& to, bytes what)
{
    byte_view rest = what;
    while (!rest.empty()) {
        error_code ec;
        const std::size_t n = to.try_write(rest, ec);
        rest = rest.subspan(n);
        if (n > 0)
            continue;
        if (may_come_later(ec))
            ec = co_await to.wait_writable();
        if (ec)
            co_return;
    }
}

/// Gives the reader what has arrived, as far as it wants that. Returns: the number of bytes.
std::size_t take_some(byte_stream& from, socks_reader& into, socks_reader::state& s, error_code& ec)
{
    std::array<std::byte, 256> room;
    const std::size_t n = from.try_read(byte_span(room).first(std::min(room.size(), into.wanted())), ec);
    if (n > 0)
        s = into.take(byte_view(room).first(n));
    return n;
}

awaitable<void> read_all(byte_stream& from, socks_reader& into, failure& why)
{
    socks_reader::state s = socks_reader::state::reading;
    while (s == socks_reader::state::reading) {
        error_code ec;
        const std::size_t n = take_some(from, into, s, ec);
        if (n == 0 && may_come_later(ec))
            ec = co_await from.wait_readable();
        if (n == 0 && ec) {
            why = ec == asio::error::eof ? failure(errc::end_of_file, "SOCKS") : failure(ec, "SOCKS");
            co_return;
        }
        if (bytes answer = into.answer(); !answer.empty()) {
            auto writing = write_all(from, std::move(answer));
            co_await std::move(writing);
        }
    }
    if (s == socks_reader::state::refused)
        why = into.why();
}

} // namespace

awaitable<failure> read_request(byte_stream& from, socks_reader& into, std::chrono::nanoseconds limit)
{
    failure why;
    auto reading = read_all(from, into, why);
    if (limit > limit.zero())
        reading = within(limit, std::move(reading));
    auto ending = result_of(std::move(reading));
    const outcome<void> ended = co_await std::move(ending);
    co_return ended ? why : ended.error();
}

awaitable<void> send_reply(byte_stream& to, const socks_reader& reader, socks_result r)
{
    return write_all(to, reader.reply(r));
}

socks_result result_for(const failure& why) noexcept
{
    const error_code& code = why.code();
    if (const failure_detail* const d = why.detail(); d && d->open_failure)
        return *d->open_failure == open_failure::administratively_prohibited ? socks_result::not_allowed
                                                                             : socks_result::host_unreachable;
    if (code.category() == open_failure_category())
        return code == open_failure::administratively_prohibited ? socks_result::not_allowed : socks_result::failed;
    if (code == boost::system::errc::connection_refused)
        return socks_result::refused;
    if (code == boost::system::errc::network_unreachable)
        return socks_result::network_unreachable;
    const bool no_host = code == boost::system::errc::host_unreachable || code == errc::timed_out
                         || code == asio::error::host_not_found || code == asio::error::host_not_found_try_again;
    return no_host ? socks_result::host_unreachable : socks_result::failed;
}

} // namespace sshoal::forward
