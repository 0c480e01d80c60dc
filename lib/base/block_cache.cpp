#include "base/block_cache.hpp"

#include <bit>
#include <cstdint>
#include <new>

namespace sshoal {
namespace {

constexpr unsigned smallest_power = 11, largest_power = 17; // 2 KiB to 128 KiB
constexpr std::size_t sizes = largest_power - smallest_power + 2; // the large block is the last
constexpr std::size_t most_of_size = 4;

/// The number of blocks that are kept for each size. A thread has one busy connection at a time, with two large blocks for each
/// direction.
constexpr std::size_t kept(std::size_t index) noexcept { return index == sizes - 1 ? 4 : 2; }

struct block_cache {
    std::byte* blocks[sizes][most_of_size] = {};
    std::uint8_t count[sizes] = {};
    bool alive = true; // false while the thread's other statics are being destroyed
    ~block_cache()
    {
        alive = false;
        for (std::size_t s = 0; s < sizes; ++s)
            while (count[s] > 0)
                ::operator delete(blocks[s][--count[s]]);
    }
};
thread_local block_cache cache;

/// Returns `sizes` if blocks of this size are not kept.
std::size_t index_of(std::size_t size) noexcept
{
    if (size == large_block)
        return sizes - 1;
    const auto power = unsigned(std::countr_zero(size));
    return std::has_single_bit(size) && power >= smallest_power && power <= largest_power ? power - smallest_power : sizes;
}

} // namespace

std::byte* take_block(std::size_t size)
{
    const std::size_t at = index_of(size);
    if (at < sizes && cache.alive && cache.count[at] > 0)
        return cache.blocks[at][--cache.count[at]];
    return static_cast<std::byte*>(::operator new(size));
}

void give_block(std::byte* block, std::size_t size) noexcept
{
    const std::size_t at = index_of(size);
    if (at < sizes && cache.alive && cache.count[at] < kept(at))
        cache.blocks[at][cache.count[at]++] = block;
    else
        ::operator delete(block);
}

} // namespace sshoal
