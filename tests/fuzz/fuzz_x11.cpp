// fuzz_x11.cpp - the first message of an X client, the names of displays and the output of xauth. The first byte says how many
// bytes arrive at a time.
#include "forward/protocol/x11.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sshoal;
using namespace sshoal::forward;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

constexpr std::size_t message_size = 12 + 20 + 16;

x11_cookie cookie(char first)
{
    x11_cookie c{std::string(x11_magic_cookie), {}};
    for (int i = 0; i < 16; ++i)
        c.data.push_back(std::byte(first + i));
    return c;
}

void read_message(byte_view rest, std::size_t piece)
{
    x11_setup setup(cookie('A'), cookie('a'));
    std::size_t used = 0;
    while (setup.now() == x11_setup::state::reading && !rest.empty()) {
        require(setup.wanted() > 0 && setup.wanted() <= message_size);
        const std::size_t n = std::min({piece, setup.wanted(), rest.size()});
        setup.take(rest.first(n));
        rest = rest.subspan(n);
        used += n;
    }
    require(used <= message_size);
    require((setup.now() == x11_setup::state::done) == (setup.changed().size() == message_size));
    require((setup.now() == x11_setup::state::refused) == bool(setup.why()));
}

void read_texts(std::string_view text)
{
    if (const auto d = parse_x11_display(text))
        require(d->at.is_unix() || (d->at.is_tcp() && d->at.port() >= 6'000));
    if (const auto c = parse_xauth_list(text)) {
        require(!c->protocol.empty() && !c->data.empty());
        require(parse_cookie_digits(cookie_digits(c->data)) == c->data);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const byte_view rest = view_of(std::span<const std::uint8_t>(data + 1, size - 1));
    read_message(rest, 1 + data[0] % 16);
    read_texts(text_of(rest));
    return 0;
}
