// byte_queue.hpp - a growing ring of bytes, written at the back and read at the front. An empty queue owns little or no memory,
// so that thousands of idle channels can have two queues each.
#pragma once

#include "base/bytes.hpp"

#include <utility>

namespace sshoal {

class byte_queue {
public:
    /// A queue that becomes empty gives a block larger than this back to the cache of the thread.
    static constexpr std::size_t kept_when_empty = 1024;

    byte_queue() = default;
    byte_queue(byte_queue&& o) noexcept { swap(o); }
    byte_queue& operator=(byte_queue&& o) noexcept
    {
        byte_queue(std::move(o)).swap(*this);
        return *this;
    }
    ~byte_queue() { release(); }
    void swap(byte_queue& o) noexcept
    {
        std::swap(block_, o.block_);
        std::swap(capacity_, o.capacity_);
        std::swap(head_, o.head_);
        std::swap(size_, o.size_);
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::size_t capacity() const noexcept { return capacity_; }

    void push(byte_view more);
    /// Moves bytes from the front into `into`. Returns how many bytes were moved.
    std::size_t pop(byte_span into) noexcept;
    /// Returns the longest contiguous run at the front. The view is valid until the next push, pop or drop.
    byte_view front() const noexcept;
    /// Removes up to n bytes from the front. Returns how many bytes were removed.
    std::size_t drop(std::size_t n) noexcept;
    /// Removes all bytes and releases the memory.
    void clear() noexcept;

private:
    void grow(std::size_t least);
    void release() noexcept;

    std::byte* block_ = nullptr;
    std::size_t capacity_ = 0; // zero or a power of two
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

} // namespace sshoal
