// block.hpp - pieces of files on their way, and where their memory is kept for the next.
#pragma once

#include "sftp/protocol/messages.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace sshoal::sftp {

/// Not initialised: it is filled before it is looked at.
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
    /// Puts at most head_room bytes in front of the data. Returns: both.
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

/// Blocks come back when their last reference goes, on whichever thread; the pool is used on one.
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
