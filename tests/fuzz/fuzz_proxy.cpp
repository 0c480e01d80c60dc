// fuzz_proxy.cpp - what a proxy replies (HTTP CONNECT, SOCKS 5), and the header of the PROXY protocol. The first byte says which,
// and how many bytes arrive at a time.
#include "net/proxy/proxy_header.hpp"
#include "net/proxy/proxy_talk.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sshoal;
using namespace sshoal::net;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void talk_with(proxy_talk& talk, byte_view rest, std::size_t piece)
{
    proxy_talk::state s = proxy_talk::state::reading;
    require(!talk.to_send().empty());
    std::size_t used = 0;
    while (s == proxy_talk::state::reading && !rest.empty()) {
        require(talk.wanted() > 0);
        const std::size_t n = std::min({piece, talk.wanted(), rest.size()});
        s = talk.take(rest.first(n));
        rest = rest.subspan(n);
        used += n;
        require(used <= most_http_reply && talk.to_send().size() <= 3 + 255 + 255 + 7);
    }
    require((s == proxy_talk::state::refused) == bool(talk.why()));
}

void read_header(byte_view rest, std::size_t piece)
{
    constexpr std::size_t most = 300;
    proxy_header_reader reader(most);
    proxy_header_reader::state s = proxy_header_reader::state::reading;
    std::size_t used = 0;
    while (s == proxy_header_reader::state::reading && !rest.empty()) {
        require(reader.wanted() > 0);
        const std::size_t n = std::min({piece, reader.wanted(), rest.size()});
        s = reader.take(rest.first(n));
        rest = rest.subspan(n);
        used += n;
        require(used <= most);
    }
    require((s == proxy_header_reader::state::refused) == bool(reader.why()));
    if (reader.found()) {
        require(s == proxy_header_reader::state::done);
        require(!reader.found()->remote.address().empty() && !reader.found()->local.address().empty());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::size_t piece = 1 + data[0] / 4 % 16;
    const byte_view rest = view_of(std::span<const std::uint8_t>(data + 1, size - 1));
    const endpoint at("proxy", 1080), target("host", 22);
    switch (data[0] % 4) {
    case 0: talk_with(*begin_http_connect(http_proxy(at), target).value(), rest, piece); break;
    case 1: talk_with(*begin_socks5(socks5_proxy(at), target).value(), rest, piece); break;
    case 2: talk_with(*begin_socks5(socks5_proxy(at).log_in("user", "password"), target).value(), rest, piece); break;
    default: read_header(rest, piece);
    }
    return 0;
}
