#include "server/behind_proxy.hpp"

#include "net/proxy/proxy_header.hpp"
#include "net/proxy/through_proxy.hpp"
#include "sshoal/deadline.hpp"
#include "sshoal/result_of.hpp"
#include "trust/address_list.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>

namespace sshoal {
namespace server {
namespace {

using net::proxy_header_reader;
using net::stream_outcome;
using header_state = proxy_header_reader::state;

/// Returns: whether the caller should wait for more.
bool read_header_part(byte_stream& from, proxy_header_reader& into, header_state& s, error_code& ec)
{
    std::array<std::byte, 256> room;
    const std::size_t n = from.try_read(byte_span(room).first(std::min(room.size(), into.wanted())), ec);
    if (n > 0)
        s = into.take(byte_view(room).first(n));
    return n == 0 && (ec == asio::error::would_block || ec == asio::error::try_again);
}

awaitable<void> read_header(byte_stream& from, proxy_header_reader& into, failure& why)
{
    header_state s = header_state::reading;
    while (s == header_state::reading) {
        error_code ec;
        if (read_header_part(from, into, s, ec))
            ec = co_await from.wait_readable();
        if (ec) {
            why = ec == asio::error::eof ? failure(errc::end_of_file, "before the header of the PROXY protocol") : failure(ec);
            co_return;
        }
    }
    if (s == header_state::refused)
        why = into.why();
}

awaitable<std::unique_ptr<byte_stream>> header_taken_or_thrown(std::unique_ptr<byte_stream> stream, trusted_proxies from)
{
    auto reading = read_proxy_header(std::move(stream), std::move(from));
    stream_outcome s = co_await std::move(reading);
    if (!s)
        throw error(s.error());
    co_return std::move(*s);
}

} // namespace

awaitable<stream_outcome> read_proxy_header(std::unique_ptr<byte_stream> stream, trusted_proxies from)
{
    if (!from.trust(stream->remote()))
        co_return std::move(stream);
    proxy_header_reader header(from.max_header());
    failure why;
    auto reading = read_header(*stream, header, why);
    if (from.timeout() > from.timeout().zero())
        reading = within(from.timeout(), std::move(reading));
    auto ending = result_of(std::move(reading));
    const outcome<void> ended = co_await std::move(ending);
    if (!ended || why)
        co_return ended ? why : ended.error();
    if (!header.found())
        co_return std::move(stream);
    proxy_header_reader::ends e = *header.found();
    co_return net::with_addresses(std::move(stream), std::move(e.remote), std::move(e.local));
}

} // namespace server

bool trusted_proxies::trust(const endpoint& from) const
{
    return from.is_tcp() && trust::match_addresses(sources_, from.address()) == trust::list_match::yes;
}

awaitable<std::unique_ptr<byte_stream>> take_proxy_header(std::unique_ptr<byte_stream> stream, trusted_proxies from)
{
    return server::header_taken_or_thrown(std::move(stream), std::move(from));
}

} // namespace sshoal
