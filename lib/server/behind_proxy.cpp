#include "server/behind_proxy.hpp"

#include "net/exchange.hpp"
#include "net/proxy/proxy_header.hpp"
#include "net/proxy/through_proxy.hpp"
#include "trust/address_list.hpp"

namespace sshoal {
namespace server {
namespace {

using net::proxy_header_reader;
using net::stream_outcome;

class header_exchange final : public net::exchange_of<proxy_header_reader> {
public:
    using exchange_of::exchange_of;
    failure ended_early() const override { return failure(errc::end_of_file, "before the header of the PROXY protocol"); }
};

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
    header_exchange reading(header);
    auto carrying = net::carry_out(*stream, reading, from.timeout());
    const failure why = co_await std::move(carrying);
    if (why)
        co_return why;
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
