// Steady state costs no memory. What is counted: every call of operator new in the process while a channel moves data in bulk, at
// both ends of the connection, with both drivers and the coroutines that write and read. With packets of 32 KiB there are 64
// packets in a MiB, sent and received, so a single allocation per packet would be seen many times over. Asio takes memory for
// frames and handlers from aligned_alloc where the few blocks that it keeps per thread are in use; that is not counted here, and
// frames are counted in frames_test.cpp.
#include "ends.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t n)
{
    ++allocations;
    if (void* p = std::malloc(n == 0 ? 1 : n))
        return p;
    throw std::bad_alloc();
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept
{
    ++allocations;
    return std::malloc(n == 0 ? 1 : n);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }

using namespace rig;

namespace {

constexpr std::size_t mib = 1024 * 1024;

awaitable<void> pump(channel c, std::span<const std::byte> piece, std::size_t bytes)
{
    for (std::size_t done = 0; done < bytes; done += piece.size())
        co_await c.write(piece);
}

awaitable<void> swallow(channel c, std::span<std::byte> buffer, std::size_t bytes)
{
    for (std::size_t done = 0; done < bytes;) {
        const std::size_t n = co_await c.read_some(buffer);
        if (n == 0)
            break;
        done += n;
    }
}

/// Allocations in each MiB of a transfer, after one that has brought everything to its size.
std::size_t allocations_per_mib(std::size_t piece_size, std::size_t buffer_size, std::size_t mibs)
{
    std::size_t counted = 0;
    auto test = [&]() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup(), client_setup(), carrier::sockets);
        std::vector<std::byte> piece(piece_size), buffer(buffer_size);
        for (const bool warm : {false, true}) {
            const std::size_t bytes = (warm ? mibs : 8) * mib;
            beside writing = beside::start(e.client.get_executor(), pump(e.client, piece, bytes));
            const std::size_t before = allocations;
            beside reading = beside::start(e.server.get_executor(), swallow(e.server, buffer, bytes));
            while (!reading.done() || !writing.done())
                co_await pause_for(std::chrono::milliseconds(5));
            counted = allocations - before;
            CHECK(!reading.result());
            CHECK(!writing.result());
        }
    };
    run_test(test);
    return counted / mibs;
}

} // namespace

TEST_CASE("a bulk transfer does not allocate per packet")
{
    const std::size_t large = allocations_per_mib(128 * 1024, 64 * 1024, 32);
    WARN("allocations per MiB: " << large << " with writes of 128 KiB");
    CHECK(large <= 16);
}

TEST_CASE("small writes do not allocate either, packet by packet")
{
    const std::size_t small = allocations_per_mib(1024, 64 * 1024, 8);
    WARN("allocations per MiB: " << small << " with 1024 packets each");
    CHECK(small <= 64);
}
