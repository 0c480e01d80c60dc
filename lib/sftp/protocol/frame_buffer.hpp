// frame_buffer.hpp - cuts a stream of bytes into SFTP's packets.
#pragma once

#include "base/block_cache.hpp"
#include "base/bytes.hpp"
#include "sshoal/error.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

namespace sshoal::sftp_protocol {

/// The memory is not initialised, comes from the thread's cache of blocks, and keeps its size until release().
class frame_buffer {
public:
    /// `most`: bytes of the longest packet without its length field.
    explicit frame_buffer(std::size_t most) noexcept : most_(most) {}
    frame_buffer(const frame_buffer&) = delete;
    ~frame_buffer() { drop(); }

    /// Returns: the room behind the bytes that have been read: at least `least` bytes, and enough for the rest of a packet that
    /// has begun. May move bytes, so packets that next() has returned become invalid.
    std::span<std::byte> prepare(std::size_t least)
    {
        if (begin_ == end_)
            begin_ = end_ = 0;
        if (!fits(least))
            move_to(std::max(capacity_, rounded(needed(least))));
        return room();
    }
    /// Returns: whether prepare() would move no bytes, so that packets of next() stay valid.
    bool fits(std::size_t least) const noexcept { return begin_ + needed(least) <= capacity_; }
    std::span<std::byte> room() const noexcept { return {block_ + end_, capacity_ - end_}; }
    /// Makes the block at least this large.
    void reserve(std::size_t capacity)
    {
        if (capacity > capacity_)
            move_to(rounded(capacity));
    }
    void commit(std::size_t n) noexcept { end_ += n; }

    /// Returns: the next packet from its type on, valid until prepare() is called; nothing if more bytes must be read.
    /// Errors: malformed_message for a length of 0, packet_too_large.
    result<std::optional<byte_view>> next()
    {
        if (end_ - begin_ < 4)
            return std::optional<byte_view>();
        const std::size_t length = load_u32(block_ + begin_);
        if (length == 0)
            return errc::malformed_message;
        if (length > most_)
            return errc::packet_too_large;
        if (end_ - begin_ < 4 + length)
            return std::optional<byte_view>();
        const byte_view packet(block_ + begin_ + 4, length);
        skip(4 + length);
        return std::optional<byte_view>(packet);
    }
    /// Returns: the bytes that next() has not taken, from a length field on.
    byte_view pending() const noexcept { return {block_ + begin_, end_ - begin_}; }
    void skip(std::size_t n) noexcept { begin_ += n; }
    std::size_t capacity() const noexcept { return capacity_; }
    /// Gives the memory back if it is empty and larger than `kept`.
    void release(std::size_t kept) noexcept
    {
        if (begin_ != end_ || capacity_ <= kept)
            return;
        drop();
        block_ = nullptr;
        capacity_ = begin_ = end_ = 0;
    }

private:
    /// Returns: how many bytes from begin_ on must be contiguous.
    std::size_t needed(std::size_t least) const noexcept
    {
        const std::size_t have = end_ - begin_;
        const std::size_t whole = have >= 4 ? 4 + std::size_t(load_u32(block_ + begin_)) : 0;
        return std::max(have + least, whole <= 4 + most_ ? whole : 0);
    }
    /// Returns: the next larger size that the cache of blocks keeps.
    static std::size_t rounded(std::size_t n) noexcept
    {
        constexpr std::size_t smallest = 1024, largest_power = 128 * 1024;
        if (n <= largest_power)
            return std::max(smallest, std::bit_ceil(n));
        return std::max(n, large_block);
    }
    void move_to(std::size_t capacity)
    {
        const std::size_t have = end_ - begin_;
        if (capacity > capacity_) {
            std::byte* const bigger = take_block(capacity);
            if (have > 0)
                std::memcpy(bigger, block_ + begin_, have);
            drop();
            block_ = bigger;
            capacity_ = capacity;
        } else if (have > 0 && begin_ > 0) {
            std::memmove(block_, block_ + begin_, have);
        }
        begin_ = 0;
        end_ = have;
    }
    void drop() noexcept
    {
        if (block_)
            give_block(block_, capacity_);
    }

    std::byte* block_ = nullptr;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0, most_;
};

} // namespace sshoal::sftp_protocol
