// SOCKS requests, byte by byte and at their limits (RFC 1928).
#include "catch.hpp"
#include "forward/protocol/socks.hpp"

#include <cstring>

using namespace sshoal;
using namespace sshoal::forward;
using state = socks_reader::state;

namespace {

bytes of(std::initializer_list<int> numbers, std::string_view text = {}, std::initializer_list<int> more = {})
{
    bytes b;
    for (const int n : numbers)
        b.push_back(std::byte(n));
    append(b, view_of(text));
    for (const int n : more)
        b.push_back(std::byte(n));
    return b;
}

bytes operator+(bytes a, const bytes& b)
{
    append(a, b);
    return a;
}

struct session {
    socks_reader reader;
    state now = state::reading;
    bytes answers;
    std::size_t used = 0;
};

/// Gives the reader what it wants, up to `piece` bytes at a time, as long as there is something.
session play(byte_view all, std::size_t piece)
{
    session s;
    while (s.now == state::reading && s.used < all.size()) {
        REQUIRE(s.reader.wanted() > 0);
        const std::size_t n = std::min({piece, s.reader.wanted(), all.size() - s.used});
        s.now = s.reader.take(all.subspan(s.used, n));
        s.used += n;
        append(s.answers, s.reader.answer());
    }
    return s;
}

/// A good request: any pieces give the same, no byte behind it is taken, and every cut waits for more.
void check_good(const bytes& request, const endpoint& target, const bytes& answers)
{
    const bytes longer = request + of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    for (const std::size_t piece : {std::size_t(1), std::size_t(2), std::size_t(3), std::size_t(1000)}) {
        const session s = play(longer, piece);
        CHECK(s.now == state::done);
        CHECK(s.used == request.size());
        CHECK(s.reader.target() == target);
        CHECK(s.answers == answers);
    }
    for (std::size_t n = 0; n < request.size(); ++n)
        CHECK(play(byte_view(request).first(n), 1000).now == state::reading);
}

void check_refused(const bytes& request, const bytes& answers)
{
    const session s = play(request + of({0, 0, 0, 0, 0, 0, 0, 0}), 1000);
    CHECK(s.now == state::refused);
    CHECK(s.answers == answers);
    CHECK(bool(s.reader.why()));
}

const bytes greeting = of({5, 1, 0}), greeted = of({5, 0});
bytes reply5(int code) { return of({5, code, 0, 1, 0, 0, 0, 0, 0, 0}); }
const bytes refused4 = of({0, 91, 0, 0, 0, 0, 0, 0});

} // namespace

TEST_CASE("socks: version 5 with its three kinds of addresses")
{
    check_good(greeting + of({5, 1, 0, 1, 192, 0, 2, 7, 0x1f, 0x90}), endpoint("192.0.2.7", 8080), greeted);
    check_good(greeting + of({5, 1, 0, 3, 11}, "db.internal", {0x15, 0x38}), endpoint("db.internal", 5432), greeted);
    const bytes ipv6 = of({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    check_good(greeting + of({5, 1, 0, 4}) + ipv6 + of({0, 22}), endpoint("2001:db8::1", 22), greeted);
    check_good(of({5, 3, 2, 1, 0}) + of({5, 1, 0, 1, 192, 0, 2, 7, 0, 22}), endpoint("192.0.2.7", 22), greeted);
}

TEST_CASE("socks: versions 4 and 4a")
{
    check_good(of({4, 1, 0, 22, 192, 0, 2, 7, 0}), endpoint("192.0.2.7", 22), {});
    check_good(of({4, 1, 0, 22, 192, 0, 2, 7}, "user", {0}), endpoint("192.0.2.7", 22), {});
    check_good(of({4, 1, 0x15, 0x38, 0, 0, 0, 1}, "user", {0}) + of({}, "db.internal", {0}), endpoint("db.internal", 5432), {});
    check_good(of({4, 1, 0, 22, 0, 0, 0, 0, 0}), endpoint("0.0.0.0", 22), {});
}

TEST_CASE("socks: requests that are refused, and what the client is told")
{
    check_refused(of({6}), {});
    check_refused(of({'G'}, "ET / HTTP/1.0"), {});
    check_refused(of({5, 0}), of({5, 0xff}));
    check_refused(of({5, 2, 1, 2}), of({5, 0xff}));
    check_refused(greeting + of({4, 1, 0, 1}), greeted + reply5(1));
    check_refused(greeting + of({5, 2, 0, 1}), greeted + reply5(7)); // BIND
    check_refused(greeting + of({5, 3, 0, 1}), greeted + reply5(7)); // UDP ASSOCIATE
    check_refused(greeting + of({5, 1, 0, 2}), greeted + reply5(8));
    check_refused(greeting + of({5, 1, 0, 3, 0}), greeted + reply5(1));
    check_refused(greeting + of({5, 1, 0, 3, 3}, "a\nb", {0, 22}), greeted + reply5(1));
    check_refused(greeting + of({5, 1, 0, 3, 3, 'a', 0, 'b', 0, 22}), greeted + reply5(1));
    check_refused(of({4, 2, 0, 22, 192, 0, 2, 7, 0}), refused4);
    check_refused(of({4, 1, 0, 22, 0, 0, 0, 1, 0, 0}), refused4);
    check_refused(of({4, 1, 0, 22, 0, 0, 0, 1, 0, ' ', 0}), refused4);
}

TEST_CASE("socks: the longest user and the longest name")
{
    const auto request4 = [](std::size_t user, std::size_t host) {
        return of({4, 1, 0, 22, 0, 0, 0, 1}, std::string(user, 'u'), {0}) + of({}, std::string(host, 'h'), {0});
    };
    constexpr std::size_t user = socks_reader::most_user, host = socks_reader::most_host;
    for (const std::size_t less : {std::size_t(1), std::size_t(0)}) {
        check_good(request4(user - less, 1), endpoint("h", 22), {});
        check_good(request4(1, host - less), endpoint(std::string(host - less, 'h'), 22), {});
        check_good(greeting + of({5, 1, 0, 3, int(host - less)}, std::string(host - less, 'h'), {0, 22}),
                   endpoint(std::string(host - less, 'h'), 22), greeted);
    }
    check_refused(request4(user + 1, 1), refused4);
    check_refused(request4(1, host + 1), refused4);
    check_good(of({5, 255}) + bytes(255) + of({5, 1, 0, 1, 192, 0, 2, 7, 0, 22}), endpoint("192.0.2.7", 22), greeted);
}

TEST_CASE("socks: replies")
{
    const session five = play(greeting + of({5, 1, 0, 1, 192, 0, 2, 7, 0, 22}), 1000);
    CHECK(five.reader.reply(socks_result::granted) == reply5(0));
    CHECK(five.reader.reply(socks_result::failed) == reply5(1));
    CHECK(five.reader.reply(socks_result::not_allowed) == reply5(2));
    CHECK(five.reader.reply(socks_result::network_unreachable) == reply5(3));
    CHECK(five.reader.reply(socks_result::host_unreachable) == reply5(4));
    CHECK(five.reader.reply(socks_result::refused) == reply5(5));
    const session four = play(of({4, 1, 0, 22, 192, 0, 2, 7, 0}), 1000);
    CHECK(four.reader.reply(socks_result::granted) == of({0, 90, 0, 0, 0, 0, 0, 0}));
    CHECK(four.reader.reply(socks_result::not_allowed) == refused4);
}
