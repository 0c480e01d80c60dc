#include "base/byte_queue.hpp"

#include "base/block_cache.hpp"

#include <algorithm>
#include <bit>
#include <new>

namespace sshoal {
namespace {

constexpr std::size_t smallest_block = 256;

} // namespace

void byte_queue::push(byte_view more)
{
    if (more.empty())
        return;
    if (capacity_ - size_ < more.size())
        grow(size_ + more.size());
    const std::size_t at = (head_ + size_) & (capacity_ - 1);
    const std::size_t first = std::min(more.size(), capacity_ - at);
    std::memcpy(block_ + at, more.data(), first);
    if (first < more.size())
        std::memcpy(block_, more.data() + first, more.size() - first);
    size_ += more.size();
}

std::size_t byte_queue::pop(byte_span into) noexcept
{
    std::size_t moved = 0;
    while (moved < into.size() && size_ > 0) {
        const byte_view run = front().first(std::min(front().size(), into.size() - moved));
        std::memcpy(into.data() + moved, run.data(), run.size());
        moved += run.size();
        drop(run.size());
    }
    return moved;
}

byte_view byte_queue::front() const noexcept { return {block_ + head_, std::min(size_, capacity_ - head_)}; }

std::size_t byte_queue::drop(std::size_t n) noexcept
{
    n = std::min(n, size_);
    size_ -= n;
    if (size_ == 0) {
        head_ = 0;
        if (capacity_ > kept_when_empty)
            release();
    } else {
        head_ = (head_ + n) & (capacity_ - 1);
    }
    return n;
}

void byte_queue::clear() noexcept
{
    size_ = 0;
    release();
}

void byte_queue::grow(std::size_t least)
{
    const std::size_t wanted = std::bit_ceil(std::max(least, smallest_block));
    std::byte* const bigger = take_block(wanted);
    const byte_view first = front();
    if (!first.empty()) {
        std::memcpy(bigger, first.data(), first.size());
        if (first.size() < size_)
            std::memcpy(bigger + first.size(), block_, size_ - first.size());
    }
    const std::size_t kept = size_;
    release();
    block_ = bigger;
    capacity_ = wanted;
    size_ = kept;
}

void byte_queue::release() noexcept
{
    if (block_)
        give_block(block_, capacity_);
    block_ = nullptr;
    capacity_ = head_ = size_ = 0;
}

} // namespace sshoal
