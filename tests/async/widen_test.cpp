// channel::widen_window(): the peer may send more at once, as far as the limits go.
#include "ends.hpp"

using namespace rig;

namespace {

constexpr std::size_t plenty = 1 << 20; // of budget

limits small_windows(std::uint32_t most, std::size_t budget)
{
    limits l;
    l.initial_window = 1000;
    l.max_window = most;
    l.window_budget = budget;
    return l;
}

/// What the server may send after the client has asked for this much.
awaitable<std::uint64_t> widened_to(std::uint32_t size, std::uint32_t most, std::size_t budget)
{
    ends e = co_await channel_ends(server_setup(), client_setup().limits(small_windows(most, budget)));
    CHECK(e.server.info().send_window == 1000);
    e.client.widen_window(size);
    const bool granted = co_await e.client.request("nothing"); // its answer comes after the server has seen the window
    CHECK_FALSE(granted);
    CHECK(e.client.info().receive_window == e.server.info().send_window);
    co_return e.server.info().send_window;
}

} // namespace

TEST_CASE("widen_window() gives what is asked for, up to max_window and to what the budget has left, and never takes any back")
{
    run_test([]() -> awaitable<void> {
        struct scene {
            std::uint32_t size, most;
            std::size_t budget;
            std::uint64_t gives;
        };
        const scene all[] = {
            {0, 50'000, plenty, 1000},          {999, 50'000, plenty, 1000},       {1000, 50'000, plenty, 1000},
            {1001, 50'000, plenty, 1001},       {49'999, 50'000, plenty, 49'999},  {50'000, 50'000, plenty, 50'000},
            {50'001, 50'000, plenty, 50'000},   {UINT32_MAX, 50'000, plenty, 50'000},
            {10'999, 50'000, 10'000, 10'999},    {11'000, 50'000, 10'000, 11'000},   {11'001, 50'000, 10'000, 11'000},
        };
        for (const scene& s : all) {
            CAPTURE(s.size, s.most, s.budget);
            const std::uint64_t gives = co_await widened_to(s.size, s.most, s.budget);
            CHECK(gives == s.gives);
        }
    });
}

TEST_CASE("widen_window() lets a writer on that waits for a window")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup(), client_setup().limits(small_windows(50'000, plenty)));
        const std::string text = pattern(40'000);
        const executor theirs = e.server.get_executor();
        beside writing = beside::start(theirs, e.server.write(text));
        bool granted = co_await e.client.request("nothing");
        CHECK_FALSE(granted);
        CHECK_FALSE(writing.done());
        e.client.widen_window(50'000); // nothing is read
        granted = co_await e.client.request("nothing");
        CHECK_FALSE(granted);
        co_await settle();
        CHECK(writing.done());
        CHECK_FALSE(writing.result());
        std::string got(text.size(), ' ');
        const std::size_t n = co_await e.client.read(room(got));
        CHECK(n == text.size());
        CHECK(got == text);
        e.client.close();
        e.client.widen_window(60'000); // says nothing, and does no harm
    });
}
