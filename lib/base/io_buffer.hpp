// io_buffer.hpp - the contiguous byte queue between the engine and the stream, one for each direction. An idle connection keeps
// no memory in its queues: blocks that become empty go back to the cache of the thread (block_cache.hpp).
#pragma once

#include "base/bytes.hpp"

#include <utility>

namespace sshoal {

/// A growing block of uninitialised bytes with a filled part in its middle: [consumed | data | room].
class io_buffer {
public:
    io_buffer() = default;
    io_buffer(io_buffer&& o) noexcept { swap(o); }
    io_buffer& operator=(io_buffer&& o) noexcept
    {
        io_buffer(std::move(o)).swap(*this);
        return *this;
    }
    ~io_buffer() { release(); }
    void swap(io_buffer& o) noexcept
    {
        std::swap(block_, o.block_);
        std::swap(capacity_, o.capacity_);
        std::swap(begin_, o.begin_);
        std::swap(end_, o.end_);
    }

    std::size_t size() const noexcept { return end_ - begin_; }
    bool empty() const noexcept { return begin_ == end_; }
    byte_view view() const noexcept { return {block_ + begin_, size()}; }
    byte_span data() noexcept { return {block_ + begin_, size()}; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Returns room for at least n more bytes behind the data; moves or grows the block if needed. Earlier spans become invalid.
    byte_span prepare(std::size_t n)
    {
        if (capacity_ - end_ < n)
            make_room(n);
        return {block_ + end_, capacity_ - end_};
    }
    /// Makes the first n bytes of the prepared room part of the data.
    void commit(std::size_t n) noexcept { end_ += n; }
    /// Combines prepare() and commit(). Returns the start of the n new bytes.
    std::byte* append(std::size_t n)
    {
        std::byte* const at = prepare(n).data();
        end_ += n;
        return at;
    }
    /// Removes n bytes from the front. A buffer that becomes empty keeps its memory until release_if_empty().
    void consume(std::size_t n) noexcept
    {
        begin_ += n;
        if (begin_ == end_)
            begin_ = end_ = 0;
    }
    /// Gives the memory back if the buffer holds no data.
    void release_if_empty() noexcept
    {
        if (empty() && block_)
            release();
    }
    void clear() noexcept { begin_ = end_ = 0; }

private:
    void make_room(std::size_t n);
    void release() noexcept;

    std::byte* block_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace sshoal
