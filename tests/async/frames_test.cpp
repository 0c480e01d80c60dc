// How many coroutine frames an operation makes between the user's co_await and the gate where it waits. Asio keeps two frames per
// thread for reuse, so more than two would cost an allocation for each operation.
//
// How it is counted: Asio takes memory for frames from std::aligned_alloc where the thread's two kept blocks are in use. This
// program replaces that function by one that remembers what it gave, and holds frames of its own so that no kept block is left.
// When the operation waits, those blocks are looked at which were taken since its call: a frame begins with the addresses of two
// functions, by which the coroutine is resumed and destroyed, as no handler of Asio's does. Chains of one and of four coroutines
// are counted first, to see that it is so.
#include "sftp_peers.hpp"

#include "parking/gate.hpp"

#include <cstdlib>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>

namespace {

constexpr std::size_t most_blocks = 4096;
thread_local void* blocks[most_blocks];
thread_local std::size_t blocks_taken = 0;

/// Whether an address is in memory that is executed.
bool is_code(std::uintptr_t address)
{
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t begin = 0, end = 0;
        char kind[5] = {};
        if (std::sscanf(line.c_str(), "%zx-%zx %4s", &begin, &end, kind) == 3 && kind[2] == 'x' && address >= begin
            && address < end)
            return true;
    }
    return false;
}

/// The block may have been given back since: what it has in it then is no frame.
__attribute__((no_sanitize("address"))) bool is_frame(const void* block)
{
    const volatile std::uintptr_t* const words = static_cast<const std::uintptr_t*>(block);
    const std::uintptr_t resume = words[0], destroy = words[1];
    return resume != 0 && is_code(resume) && is_code(destroy);
}

} // namespace

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    void* p = nullptr;
    if (::posix_memalign(&p, alignment < sizeof(void*) ? sizeof(void*) : alignment, size) != 0)
        return nullptr;
    std::memset(p, 0, size);
    blocks[blocks_taken++ % most_blocks] = p;
    return p;
}

using namespace rig;
using sshoal::sftp::open_mode;
namespace parking = sshoal::parking;

namespace {

awaitable<void> nothing() { co_return; }

struct counted {
    std::optional<std::size_t> before, frames;
    bool over = false;
    /// Called as soon as the operation waits; later calls change nothing.
    void note_wait()
    {
        if (!before || frames || over)
            return;
        frames = 0;
        for (std::size_t i = *before; i < blocks_taken; ++i)
            *frames += is_frame(blocks[i % most_blocks]) ? 1 : 0;
    }
};

template <class Make>
awaitable<void> count(Make make, std::shared_ptr<counted> c)
{
    const executor here = co_await asio::this_coro::executor;
    auto first = nothing();
    auto second = nothing();
    auto third = nothing();
    asio::post(here, [c] { c->note_wait(); });
    c->before = blocks_taken;
    auto operation = make();
    try {
        co_await std::move(operation);
    } catch (const boost::system::system_error&) { // cancelled
    }
    c->over = true;
}

/// The frames of an operation that has to wait.
template <class Make>
awaitable<std::size_t> frames_of(executor strand, Make make)
{
    auto c = std::make_shared<counted>();
    beside running = beside::start(strand, count(make, c));
    c->note_wait(); // on that very strand it has run already
    co_await settle();
    REQUIRE(c->frames.has_value());
    REQUIRE(!c->over);
    running.cancel(stop_terminal);
    co_await settle();
    co_return *c->frames;
}

awaitable<void> one_frame(parking::gate& g) { co_await g.wait(); }
awaitable<void> two_frames(parking::gate& g) { co_await one_frame(g); }
awaitable<void> three_frames(parking::gate& g) { co_await two_frames(g); }
awaitable<void> four_frames(parking::gate& g) { co_await three_frames(g); }

constexpr std::size_t most_frames = 2;

} // namespace

TEST_CASE("frames are counted as they are")
{
    auto test = []() -> awaitable<void> {
        const executor strand = co_await asio::this_coro::executor;
        parking::ready_list ready([](void*) {}, nullptr);
        parking::gate g(ready);
        for (const std::size_t expected : {std::size_t(1), std::size_t(4)}) {
            auto c = std::make_shared<counted>();
            const auto begin = [&g, expected] { return expected == 1 ? one_frame(g) : four_frames(g); };
            beside running = beside::start(strand, count(begin, c));
            c->note_wait();
            co_await settle();
            CHECK(c->frames == expected);
            g.wake_all();
            ready.drain();
            co_await settle();
            CHECK(c->over);
        }
    };
    run_test(test);
}

TEST_CASE("reads and writes of a channel make one frame from co_await to the gate")
{
    auto test = []() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup(), client_setup(), carrier::memory);
        const executor strand = e.client.get_executor();
        std::vector<std::byte> buffer(1u << 20);
        const auto reading = [&] { return e.client.read_some(buffer); };
        const std::size_t read = co_await frames_of(strand, reading);
        CHECK(read == 1);
        while (e.client.try_write(buffer) > 0)
            co_await settle();
        const auto writing_some = [&] { return e.client.write_some(buffer); };
        const std::size_t some = co_await frames_of(strand, writing_some);
        CHECK(some == 1);
        const auto writing = [&] { return e.client.write(std::span<const std::byte>(buffer)); };
        const std::size_t all = co_await frames_of(strand, writing);
        CHECK(all == 1);
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
        std::vector<std::byte> buffer(100 * 1024);
        const auto reading_some = [&] { return f.read_some(buffer); };
        const std::size_t some = co_await frames_of(strand, reading_some);
        CHECK(some <= most_frames);
        const auto reading = [&] { return f.read(buffer); };
        const std::size_t read = co_await frames_of(strand, reading);
        CHECK(read <= most_frames);
        const auto reading_at = [&] { return f.read_at(1000, buffer); };
        const std::size_t read_at = co_await frames_of(strand, reading_at);
        CHECK(read_at <= most_frames);
        const auto reading_all = [&] { return f.read_all(); };
        const std::size_t read_all = co_await frames_of(strand, reading_all);
        CHECK(read_all <= most_frames);
        const auto writing = [&] { return f.write(std::span<const std::byte>(buffer)); };
        const std::size_t write = co_await frames_of(strand, writing);
        CHECK(write <= most_frames);
        const auto writing_at = [&] { return f.write_at(0, buffer); };
        const std::size_t write_at = co_await frames_of(strand, writing_at);
        CHECK(write_at <= most_frames);
        const auto flushing = [&] { return f.flush(); };
        const std::size_t flush = co_await frames_of(strand, flushing);
        CHECK(flush <= most_frames);
        const auto asking = [&] { return f.stat(); };
        const std::size_t stat = co_await frames_of(strand, asking);
        CHECK(stat <= most_frames);
        const auto asking_by_path = [&] { return c.stat("file"); };
        const std::size_t stat_path = co_await frames_of(strand, asking_by_path);
        CHECK(stat_path <= most_frames);
        WARN("frames: read_some " << some << ", read " << read << ", read_at " << read_at << ", read_all " << read_all << ", write "
                                  << write << ", write_at " << write_at << ", flush " << flush << ", stat " << stat);
    };
    run_test(test);
}
