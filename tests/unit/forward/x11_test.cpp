#include "catch.hpp"
#include "forward/protocol/x11.hpp"

#include <algorithm>

using namespace sshoal;
using namespace sshoal::forward;
using x11_state = x11_setup::state;

namespace {

bytes data_of(std::size_t n, int first)
{
    bytes b;
    for (std::size_t i = 0; i < n; ++i)
        b.push_back(std::byte(first + int(i)));
    return b;
}

x11_cookie cookie(int first, std::size_t size = 16) { return {std::string(x11_magic_cookie), data_of(size, first)}; }

bytes first_message(bool big, const x11_cookie& c)
{
    bytes b{std::byte(big ? 'B' : 'l'), std::byte(0)};
    const auto number = [&](std::size_t n) {
        const std::byte high = std::byte(n >> 8), low = std::byte(n & 0xff);
        b.push_back(big ? high : low);
        b.push_back(big ? low : high);
    };
    const auto padded_text = [&](byte_view v) {
        append(b, v);
        b.resize((b.size() + 3) & ~std::size_t(3));
    };
    number(11), number(0), number(c.protocol.size()), number(c.data.size()), number(0);
    padded_text(view_of(std::string_view(c.protocol)));
    padded_text(c.data);
    return b;
}

x11_state feed(x11_setup& setup, byte_view all, std::size_t piece)
{
    while (!all.empty() && setup.now() == x11_state::reading) {
        const std::size_t n = std::min({piece, setup.wanted(), all.size()});
        setup.take(all.first(n));
        all = all.subspan(n);
    }
    CHECK(all.empty());
    return setup.now();
}

std::string shown(std::string_view display)
{
    const outcome<x11_display_name> d = parse_x11_display(display);
    return d ? d->at.to_string() + " " + std::to_string(d->screen) + " " + d->for_xauth : "none";
}

} // namespace

TEST_CASE("x11: names of displays")
{
    CHECK(shown(":0").ends_with("/.X11-unix/X0 0 :0"));
    CHECK(shown("unix:7.2").ends_with("/.X11-unix/X7 2 unix:7.2"));
    CHECK(shown("localhost:10.0") == "localhost:6010 0 unix:10.0");
    CHECK(shown("pc.example:1") == "pc.example:6001 0 pc.example:1");
    CHECK(shown("[::1]:3.1") == "[::1]:6003 1 [::1]:3.1");
    CHECK(shown("/private/run/org.x:0") == "unix:/private/run/org.x:0 0 /private/run/org.x:0");
    CHECK(shown("pc:59535") == "pc:65535 0 pc:59535");
    for (const char* wrong : {"", "0", ":", ":x", ":1.", ":1.x", ":1.1.1", ":-1", "pc:59536", ":99999999999", "[]:1", ": 1"})
        CHECK(shown(wrong) == "none");
}

TEST_CASE("x11: cookies as xauth writes them")
{
    CHECK_FALSE(parse_xauth_list(""));
    CHECK_FALSE(parse_xauth_list("\n\nxauth: (argv):1:  bad display name\n"));
    const auto c = parse_xauth_list("odd line\npc/unix:0  MIT-MAGIC-COOKIE-1  00ff7A\npc/unix:0  OTHER  11\n");
    REQUIRE(c);
    CHECK(c->protocol == x11_magic_cookie);
    CHECK(cookie_digits(c->data) == "00ff7a");
    CHECK_FALSE(parse_cookie_digits("0"));
    CHECK_FALSE(parse_cookie_digits("0g"));
    CHECK(parse_cookie_digits(std::string(510, 'a')));
    CHECK(parse_cookie_digits(std::string(512, 'a')));
    CHECK_FALSE(parse_cookie_digits(std::string(514, 'a')));
}

TEST_CASE("x11: the first message gets the real cookie, however it is cut")
{
    for (const bool big : {true, false})
        for (const std::size_t real_size : {std::size_t(16), std::size_t(5)})
            for (std::size_t piece = 1; piece < 60; ++piece) {
                x11_setup setup(cookie(1), cookie(100, real_size));
                CHECK(feed(setup, first_message(big, cookie(1)), piece) == x11_state::done);
                CHECK(setup.changed() == first_message(big, cookie(100, real_size)));
            }
}

TEST_CASE("x11: a client without the cookie is refused as soon as that is known")
{
    const auto refused = [](const bytes& message, std::size_t known_at) {
        x11_setup setup(cookie(1), cookie(100));
        x11_state s = x11_state::reading;
        for (std::size_t i = 0; i < message.size() && s == x11_state::reading; ++i) {
            s = setup.take(byte_view(message).subspan(i, 1));
            CHECK((s == x11_state::refused) == (i + 1 == known_at));
        }
        return s == x11_state::refused && setup.changed().empty() && bool(setup.why());
    };
    const bytes good = first_message(false, cookie(1));
    constexpr std::size_t head = 12;
    CHECK(refused(first_message(false, cookie(2)), good.size()));
    CHECK(refused(first_message(false, cookie(1, 17)), head));
    CHECK(refused(first_message(false, cookie(1, 0)), head));
    CHECK(refused(first_message(true, {"MIT-MAGIC-COOKIE-2", data_of(16, 1)}), good.size()));
    CHECK(refused(first_message(true, {"", data_of(16, 1)}), head));
    CHECK(refused(first_message(true, {std::string(65'535, 'x'), data_of(65'535, 1)}), head));
    bytes odd_order = good;
    odd_order[0] = std::byte('x');
    CHECK(refused(odd_order, head));
    for (std::size_t i = 0; i < 16; ++i) { // each byte of the cookie counts
        bytes one_off = good;
        one_off[good.size() - 1 - i] ^= std::byte(1);
        CHECK(refused(one_off, good.size()));
    }
}
