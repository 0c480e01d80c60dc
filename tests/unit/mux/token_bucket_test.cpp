#include "catch.hpp"
#include "mux/token_bucket.hpp"

using namespace sshoal;
using mux::token_bucket;

namespace {

constexpr auto start = time_point() + std::chrono::hours(1);

/// Sends as fast as it may for so long; returns the bytes, and the packets that were smaller than they had to be.
struct run {
    std::uint64_t bytes = 0, packets = 0;
    run(token_bucket& b, std::size_t packet, time_point from, duration length, std::uint64_t least_packet = 0)
    {
        time_point now = from;
        while (now <= from + length) {
            if (const std::size_t n = b.allows(packet, now)) {
                b.spend(n);
                bytes += n;
                ++packets;
                small += n < least_packet;
                continue;
            }
            const time_point next = b.ready_at(packet);
            if (next <= now)
                FAIL("it is ready, and is not");
            now = next;
        }
    }
    std::uint64_t small = 0;
};

} // namespace

TEST_CASE("a rate is kept exactly over ten seconds, from one byte a second to ten gigabytes")
{
    for (const std::uint64_t rate :
         {1ull, 3ull, 999ull, 64'000ull, 1'000'003ull, 123'456'789ull, 1'000'000'000ull, 10'000'000'000ull}) {
        const std::size_t packet = rate > 100'000'000 ? 256 * 1024 : 32 * 1024;
        INFO(rate);
        token_bucket b;
        b.set(rate, packet, start);
        const std::uint64_t burst = std::max<std::uint64_t>(rate / 20, 32 * 1024);
        run r(b, packet, start, std::chrono::seconds(10));
        CHECK(r.bytes <= burst + 10 * rate);
        CHECK(r.bytes + std::min<std::uint64_t>(packet, rate / 20 + 1) >= burst + 10 * rate);
        // No drift, and no tiny packets, once the burst is gone.
        const std::uint64_t recovery = std::max<std::uint64_t>(std::min<std::uint64_t>(rate / 20, packet), 1);
        run later(b, packet, start + std::chrono::seconds(10), std::chrono::seconds(10), recovery);
        CHECK(later.small == 0);
        CHECK(r.bytes + later.bytes <= burst + 20 * rate);
        CHECK(r.bytes + later.bytes + packet >= burst + 20 * rate);
    }
}

TEST_CASE("a full bucket stays full, also after years, and what is left is used for what fits")
{
    token_bucket b;
    b.set(1'000'000, 32 * 1024, start);
    CHECK(b.tokens() == 50'000);
    CHECK(b.allows(32 * 1024, start + std::chrono::hours(100'000)) == 32 * 1024);
    CHECK(b.tokens() == 50'000);
    b.spend(49'990);
    const auto now = start + std::chrono::hours(100'000);
    CHECK(b.allows(32 * 1024, now) == 0);
    CHECK(b.allows(11, now) == 0);
    CHECK(b.allows(10, now) == 10); // a keystroke does not wait for a packet's worth
    CHECK(b.allows(1, now - std::chrono::seconds(1)) == 1); // a clock that is late takes nothing away
    CHECK(b.ready_at(32 * 1024) == now + std::chrono::microseconds(32 * 1024 - 10));
}

TEST_CASE("a changed rate keeps what is in the bucket")
{
    token_bucket b;
    b.set(1000, 32 * 1024, start);
    b.spend(32 * 1024);
    b.set(2'000'000, 32 * 1024, start);
    CHECK(b.tokens() == 0);
    CHECK(b.ready_at(20'000) == start + std::chrono::milliseconds(10));
    b.set(0, 32 * 1024, start);
    CHECK_FALSE(b.limited());
    b.set(~0ull, 32 * 1024, start);
    CHECK(b.allows(32 * 1024, start + std::chrono::hours(1'000'000)) == 32 * 1024);
}
