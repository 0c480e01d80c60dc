#include "forward/socks_service.hpp"

#include "forward/reach.hpp"
#include "net/exchange.hpp"
#include "net/would_block.hpp"
#include "sshoal/failure_detail.hpp"

namespace sshoal::forward {
namespace {

awaitable<void> write_all(byte_stream& to, bytes what)
{
    byte_view rest = what;
    while (!rest.empty()) {
        error_code ec;
        const std::size_t n = to.try_write(rest, ec);
        rest = rest.subspan(n);
        if (n > 0)
            continue;
        if (net::would_block(ec))
            ec = co_await to.wait_writable();
        if (ec)
            co_return;
    }
}

class socks_exchange final : public net::exchange_of<socks_reader> {
public:
    using exchange_of::exchange_of;
    bytes to_send() override { return reader_.answer(); }
    failure ended_early() const override { return failure(errc::end_of_file, "SOCKS"); }
};

} // namespace

awaitable<failure> read_request(byte_stream& from, socks_reader& into, std::chrono::nanoseconds limit)
{
    socks_exchange asking(into);
    auto reading = net::carry_out(from, asking, limit);
    const failure why = co_await std::move(reading);
    co_return why;
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
