#include "base/io_buffer.hpp"

#include <algorithm>
#include <new>

namespace sshoal {
namespace {

// Large blocks cost page faults when they go to the system and come back at every turn, so each thread keeps a few.
constexpr std::size_t cached_size = 320 * 1024;
constexpr std::size_t cached_blocks = 4;

struct block_cache {
    std::byte* blocks[cached_blocks] = {};
    std::size_t count = 0;
    bool alive = true; // false while the thread's other statics are being destroyed
    ~block_cache()
    {
        alive = false;
        while (count > 0)
            ::operator delete(blocks[--count]);
    }
};
thread_local block_cache cache;

std::byte* allocate(std::size_t n)
{
    if (n == cached_size && cache.count > 0)
        return cache.blocks[--cache.count];
    return static_cast<std::byte*>(::operator new(n));
}

void deallocate(std::byte* block, std::size_t n) noexcept
{
    if (n == cached_size && cache.alive && cache.count < cached_blocks)
        cache.blocks[cache.count++] = block;
    else
        ::operator delete(block);
}

} // namespace

void io_buffer::make_room(std::size_t n)
{
    const std::size_t have = size();
    if (capacity_ >= have + n && begin_ >= have) { // cheap to slide, and worth it
        std::memcpy(block_, block_ + begin_, have);
    } else {
        std::size_t wanted = std::max(have + n, capacity_ >= have + n ? capacity_ : capacity_ * 2);
        if (wanted <= 1024)
            wanted = 1024;
        else if (wanted > 16 * 1024 && wanted <= cached_size)
            wanted = cached_size;
        std::byte* const bigger = allocate(wanted);
        if (have > 0)
            std::memcpy(bigger, block_ + begin_, have);
        if (block_)
            deallocate(block_, capacity_);
        block_ = bigger;
        capacity_ = wanted;
    }
    begin_ = 0;
    end_ = have;
}

void io_buffer::release() noexcept
{
    if (block_)
        deallocate(block_, capacity_);
    block_ = nullptr;
    capacity_ = begin_ = end_ = 0;
}

} // namespace sshoal
