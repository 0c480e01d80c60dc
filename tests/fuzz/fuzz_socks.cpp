// fuzz_socks.cpp - a SOCKS client. The first byte says how many bytes arrive at a time.
#include "forward/protocol/socks.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sshoal;
using sshoal::forward::socks_reader;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

constexpr std::size_t most_request = 1 + 255 + 4 + 1 + 255 + 2 + 9 + 2 + 512;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::size_t piece = 1 + data[0] % 16;
    byte_view rest = view_of(std::span<const std::uint8_t>(data + 1, size - 1));
    socks_reader reader;
    socks_reader::state s = socks_reader::state::reading;
    std::size_t used = 0;
    while (s == socks_reader::state::reading && !rest.empty()) {
        require(reader.wanted() > 0);
        const std::size_t n = std::min({piece, reader.wanted(), rest.size()});
        s = reader.take(rest.first(n));
        rest = rest.subspan(n);
        used += n;
        require(used <= most_request);
        require(reader.answer().size() <= 12);
        require(reader.answer().empty());
    }
    if (s == socks_reader::state::done) {
        require(reader.target().is_tcp() && !reader.target().address().empty());
        require(reader.target().address().size() <= socks_reader::most_host);
        require(!reader.why());
        const std::size_t reply = reader.reply(forward::socks_result::granted).size();
        require(reply == 8 || reply == 10);
    }
    require((s == socks_reader::state::refused) == bool(reader.why()));
    return 0;
}
