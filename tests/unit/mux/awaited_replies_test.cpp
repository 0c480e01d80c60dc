#include "catch.hpp"
#include "mux/awaited_replies.hpp"

#include <deque>

namespace {

using sshoal::mux::awaited_replies;
using kind = awaited_replies::kind;
using sshoal::time_point;

TEST_CASE("awaited replies: the packet's number finds what it carried, the latest first")
{
    awaited_replies a;
    const auto first = a.add(kind::global_request, 0);
    const auto second = a.add(kind::channel_request, 5);
    CHECK_FALSE(a.with_sequence(0));
    a.sent(first, 0, time_point());
    a.sent(second, 7, time_point());
    CHECK(a.with_sequence(0)->ticket == first);
    CHECK(a.with_sequence(7)->channel == 5);
    const auto third = a.add(kind::open, 9);
    a.sent(third, 7, time_point()); // the numbers began anew with new keys
    CHECK(a.with_sequence(7)->ticket == third);
    a.over(third);
    CHECK(a.with_sequence(7)->ticket == second);
    CHECK_FALSE(a.with_sequence(8));
}

TEST_CASE("awaited replies: the oldest is the one that was sent first and is still due")
{
    awaited_replies a;
    const time_point start = time_point() + std::chrono::seconds(10);
    const auto first = a.add(kind::open, 1);
    CHECK_FALSE(a.oldest()); // not sent yet
    a.sent(first, 3, start);
    const auto second = a.add(kind::open, 2);
    a.sent(second, 4, start + std::chrono::seconds(1));
    CHECK(a.oldest()->since == start);
    a.over(first);
    CHECK(a.oldest()->channel == 2);
    a.over(second);
    CHECK_FALSE(a.oldest());
    CHECK(a.size() == 0);
}

TEST_CASE("awaited replies: one that never comes does not make the list grow with all that come after it")
{
    awaited_replies a;
    const auto never = a.add(kind::global_request, 0);
    a.sent(never, 0, time_point());
    std::deque<std::uint32_t> waiting;
    for (std::uint32_t i = 1; i < 100'000; ++i) {
        waiting.push_back(a.add(kind::channel_request, i));
        a.sent(waiting.back(), i, time_point());
        if (waiting.size() > 10) {
            const std::size_t which = i % 3 == 0 ? 5 : 0; // not in order
            a.over(waiting[which]);
            waiting.erase(waiting.begin() + std::ptrdiff_t(which));
        }
    }
    CHECK(a.size() == 11);
    CHECK(a.kept() < 128);
    CHECK(a.with_sequence(0)->ticket == never);
    for (const std::uint32_t ticket : waiting)
        a.over(ticket);
    CHECK(a.size() == 1);
}

} // namespace
