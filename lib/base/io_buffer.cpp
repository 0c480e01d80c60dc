#include "base/io_buffer.hpp"

#include "base/block_cache.hpp"

#include <algorithm>
#include <new>

namespace sshoal {
void io_buffer::make_room(std::size_t n)
{
    const std::size_t have = size();
    if (capacity_ >= have + n && begin_ >= have) { // sliding the data costs less than a new block
        std::memcpy(block_, block_ + begin_, have);
    } else {
        std::size_t wanted = std::max(have + n, capacity_ >= have + n ? capacity_ : capacity_ * 2);
        if (wanted <= 1024)
            wanted = 1024;
        else if (wanted > 16 * 1024 && wanted <= large_block)
            wanted = large_block;
        std::byte* const bigger = take_block(wanted);
        if (have > 0)
            std::memcpy(bigger, block_ + begin_, have);
        if (block_)
            give_block(block_, capacity_);
        block_ = bigger;
        capacity_ = wanted;
    }
    begin_ = 0;
    end_ = have;
}

void io_buffer::release() noexcept
{
    if (block_)
        give_block(block_, capacity_);
    block_ = nullptr;
    capacity_ = begin_ = end_ = 0;
}

} // namespace sshoal
