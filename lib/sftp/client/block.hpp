// block.hpp - the memory of pieces of files that are under way, and a pool that keeps some of it for the next pieces.
#pragma once

#include "sftp/protocol/messages.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace sshoal::sftp {

/// The memory is not initialised, since every block is filled before it is read.
class block {
public:
    /// Room in front of the data for the head of the WRITE request that carries it, with the longest handle (§6.2).
    static constexpr std::size_t head_room = 4 + 1 + 4 + 4 + sftp_protocol::most_handle_bytes + 8 + 4;

    explicit block(std::size_t capacity) : memory_(new std::byte[head_room + capacity]), capacity_(capacity) {}
    std::byte* data() noexcept { return memory_.get() + head_room; }
    std::span<std::byte> room() noexcept { return {data(), capacity_}; }
    byte_view view() const noexcept { return {memory_.get() + head_room, size}; }
    bool is_zero() const noexcept
    {
        const byte_view v = view();
        return v.empty() || (v[0] == std::byte(0) && std::equal(v.begin() + 1, v.end(), v.begin()));
    }
    /// Puts at most head_room bytes in front of the data. Returns: the bytes and the data.
    byte_view prefixed(byte_view head) noexcept
    {
        std::copy_n(head.data(), head.size(), data() - head.size());
        return {data() - head.size(), head.size() + size};
    }
    std::size_t capacity() const noexcept { return capacity_; }

    std::size_t size = 0;

private:
    std::unique_ptr<std::byte[]> memory_;
    std::size_t capacity_;
};

/// A block is free again when its last reference is gone, which may happen on any thread. get() is called on one strand.
class block_pool {
public:
    std::shared_ptr<block> get(std::size_t capacity)
    {
        for (std::shared_ptr<block>& b : kept_)
            if (b.use_count() == 1 && b->capacity() >= capacity) {
                std::swap(b, kept_.back());
                std::shared_ptr<block> found = kept_.back();
                std::swap(kept_.front(), kept_.back());
                found->size = 0;
                return found;
            }
        auto made = std::make_shared<block>(capacity);
        if (kept_.size() < most_kept)
            kept_.push_back(made);
        return made;
    }

private:
    static constexpr std::size_t most_kept = 8;
    std::vector<std::shared_ptr<block>> kept_;
};

} // namespace sshoal::sftp
