// How many coroutine frames an operation makes between the user's co_await and the gate where it waits. Asio keeps two frames per
// thread for reuse, so more than two would cost an allocation for each operation.
//
// How it is counted: Asio takes memory for frames from std::aligned_alloc where the thread's two kept blocks are in use. This
// program replaces that function by one that counts, and holds frames of its own so that no kept block is left. What is counted
// is taken from the call of the operation until the next handler of the strand runs; the operation is waiting then. Handlers take
// memory in the same way: an operation whose frames are known is counted first, and says what else a wait takes; and before
// each operation something is sent, so that the handlers which that posts are not posted by the operation.
#include "sftp_peers.hpp"

#include "parking/gate.hpp"

#include <cstdlib>
#include <optional>

namespace {
thread_local std::size_t blocks_taken = 0;
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    ++blocks_taken;
    void* p = nullptr;
    return ::posix_memalign(&p, alignment < sizeof(void*) ? sizeof(void*) : alignment, size) == 0 ? p : nullptr;
}

using namespace rig;
using sshoal::sftp::open_mode;
namespace parking = sshoal::parking;

namespace {

awaitable<void> nothing() { co_return; }

struct counted {
    std::size_t before = 0;
    std::optional<std::size_t> when_it_waited;
    bool over = false;
};

template <class Make, class Send>
awaitable<void> count(Make make, Send send, std::shared_ptr<counted> c)
{
    const executor here = co_await asio::this_coro::executor;
    auto first = nothing();
    auto second = nothing();
    auto third = nothing();
    asio::post(here, [c] {
        if (!c->over)
            c->when_it_waited = blocks_taken;
    });
    send();
    c->before = blocks_taken;
    auto operation = make();
    try {
        co_await std::move(operation);
    } catch (const boost::system::system_error&) { // cancelled
    }
    c->over = true;
}

/// Blocks that are taken by the operations that `make` begins, each of which has to wait: the least of some rounds.
template <class Make, class Send>
awaitable<std::size_t> blocks_for(executor strand, Make make, Send send)
{
    std::size_t least = SIZE_MAX;
    for (int round = 0; round < 5; ++round) {
        auto c = std::make_shared<counted>();
        beside running = beside::start(strand, count(make, send, c));
        co_await settle();
        if (!c->over)
            running.cancel(stop_terminal);
        co_await settle();
        REQUIRE(c->when_it_waited.has_value());
        least = std::min(least, *c->when_it_waited - c->before);
    }
    co_return least;
}

awaitable<void> one_frame(parking::gate& g) { co_await g.wait(); }
awaitable<void> two_frames(parking::gate& g) { co_await one_frame(g); }
awaitable<void> four_frames(parking::gate& g)
{
    auto three = [](parking::gate& at) -> awaitable<void> { co_await two_frames(at); };
    co_await three(g);
}

/// What a wait takes beside the frames.
awaitable<std::size_t> blocks_of_a_wait(executor strand)
{
    parking::ready_list ready([](void*) {}, nullptr);
    parking::gate g(ready);
    const auto drained = [&](auto make) -> awaitable<std::size_t> {
        std::size_t least = SIZE_MAX;
        for (int round = 0; round < 5; ++round) {
            auto c = std::make_shared<counted>();
            const auto send_nothing = [] {};
            beside running = beside::start(strand, count(make, send_nothing, c));
            co_await settle();
            g.wake_all();
            ready.drain();
            co_await settle();
            least = std::min(least, *c->when_it_waited - c->before);
        }
        co_return least;
    };
    const auto begin_one = [&g] { return one_frame(g); };
    const auto begin_four = [&g] { return four_frames(g); };
    const std::size_t one = co_await drained(begin_one);
    const std::size_t four = co_await drained(begin_four);
    REQUIRE(one >= 1);
    CHECK(four == one + 3); // the way to count counts
    co_return one - 1;
}

constexpr std::size_t most_frames = 2;

} // namespace

TEST_CASE("reads and writes of a channel make at most two frames from co_await to the gate")
{
    auto test = []() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup(), client_setup(), carrier::memory);
        const executor strand = e.client.get_executor();
        const std::size_t base = co_await blocks_of_a_wait(strand);
        std::vector<std::byte> buffer(1u << 20);
        const auto send = [&] { (void)e.client.try_write(buffer); };
        const auto reading = [&] { return e.client.read_some(buffer); };
        const std::size_t read = co_await blocks_for(strand, reading, send);
        CHECK(read - base <= most_frames);
        CHECK(read - base == 1);
        while (e.client.try_write(buffer) > 0)
            co_await settle();
        const auto writing_some = [&] { return e.client.write_some(buffer); };
        const std::size_t some = co_await blocks_for(strand, writing_some, send);
        CHECK(some - base <= most_frames);
        CHECK(some - base == 1);
        const auto writing = [&] { return e.client.write(std::span<const std::byte>(buffer)); };
        const std::size_t all = co_await blocks_for(strand, writing, send);
        CHECK(all - base <= most_frames);
        CHECK(all - base == 1);
    };
    run_test(test);
}

TEST_CASE("SFTP reads and writes make at most two frames from co_await to the gate")
{
    auto test = []() -> awaitable<void> {
        scripted peer([](const asked& a, answers& out) {
            if (a.what == type::open)
                out.handle(a.id);
        });
        sftp::client c = co_await peer.open();
        sftp::file f = co_await c.open("file", open_mode::read_write);
        const executor strand = c.get_executor();
        const std::size_t base = co_await blocks_of_a_wait(strand);
        std::vector<std::byte> buffer(100 * 1024);
        std::vector<sftp::file> others; // each sends a CLOSE when it goes
        for (int i = 0; i < 100; ++i)
        {
            sftp::file another = co_await c.open("another", open_mode::read);
            others.push_back(std::move(another));
        }
        const auto send = [&] { others.pop_back(); };
        const auto reading_some = [&] { return f.read_some(buffer); };
        const std::size_t some = co_await blocks_for(strand, reading_some, send);
        CHECK(some - base <= most_frames);
        const auto reading = [&] { return f.read(buffer); };
        const std::size_t read = co_await blocks_for(strand, reading, send);
        CHECK(read - base <= most_frames);
        const auto reading_at = [&] { return f.read_at(1000, buffer); };
        const std::size_t read_at = co_await blocks_for(strand, reading_at, send);
        CHECK(read_at - base <= most_frames);
        const auto reading_all = [&] { return f.read_all(); };
        const std::size_t read_all = co_await blocks_for(strand, reading_all, send);
        CHECK(read_all - base <= most_frames);
        const auto writing = [&] { return f.write(std::span<const std::byte>(buffer)); };
        const std::size_t write = co_await blocks_for(strand, writing, send);
        CHECK(write - base <= most_frames);
        const auto writing_at = [&] { return f.write_at(0, buffer); };
        const std::size_t write_at = co_await blocks_for(strand, writing_at, send);
        CHECK(write_at - base <= most_frames);
        const auto flushing = [&] { return f.flush(); };
        const std::size_t flush = co_await blocks_for(strand, flushing, send);
        CHECK(flush - base <= most_frames);
        const auto asking = [&] { return f.stat(); };
        const std::size_t stat = co_await blocks_for(strand, asking, send);
        CHECK(stat - base <= most_frames);
        const auto asking_by_path = [&] { return c.stat("file"); };
        const std::size_t stat_path = co_await blocks_for(strand, asking_by_path, send);
        CHECK(stat_path - base <= most_frames);
        WARN("frames: read_some " << some - base << ", read " << read - base << ", read_at "
                                          << read_at - base << ", read_all " << read_all - base << ", write " << write - base
                                          << ", write_at " << write_at - base << ", flush " << flush - base << ", stat "
                                          << stat - base);
    };
    run_test(test);
}
