// output.hpp - the replies that are to be sent, in few large blocks of memory, into which files are read directly.
#pragma once

#include "base/block_cache.hpp"
#include "base/bytes.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace sshoal::sftp {

class output {
    /// A block holds the longest DATA reply and some small replies, or several replies of the usual 32 KiB. The thread's cache
    /// keeps blocks of this size, so that sessions that shrink between two requests do not ask the system for memory.
    static constexpr std::size_t block_bytes = large_block;

    struct block {
        explicit block(std::size_t n) : capacity(std::max(n, block_bytes)), memory(take_block(capacity)) {}
        block(const block&) = delete;
        ~block() { give_block(memory, capacity); }
        const std::size_t capacity;
        std::byte* const memory; ///< not initialised
        std::size_t sent = 0, filled = 0, reserved = 0;
    };

public:
    output() = default;
    output(const output&) = delete;

    /// Room for one reply that is being made, possibly beside others. Room that is not committed is given back.
    class reservation {
    public:
        reservation() = default;
        reservation(output& o, block& b, std::size_t n) noexcept
            : output_(&o)
            , block_(&b)
            , size_(n)
        {
        }
        reservation(const reservation&) = delete;
        ~reservation() { commit(0); }
        byte_span room() const noexcept { return {&block_->memory[block_->filled], size_}; }
        void commit(std::size_t n) noexcept;

    private:
        output* output_ = nullptr;
        block* block_ = nullptr;
        std::size_t size_ = 0;
    };

    void append(byte_view reply);
    reservation reserve(std::size_t n);

    /// Returns: the bytes that have not been sent, and those that are reserved.
    std::size_t waiting() const noexcept { return waiting_; }
    /// Returns: the number of blocks in use. At most one of them is empty.
    std::size_t blocks() const noexcept { return blocks_.size(); }
    /// Returns: the most blocks that replies of so many bytes take, made one after another. Two neighbouring blocks hold more
    /// than fits into one.
    static std::size_t blocks_for(std::size_t bytes) noexcept { return 3 + bytes / (block_bytes / 2); }
    /// Returns: the bytes that are to be sent next; empty if there are none. Valid until sent().
    byte_view front() noexcept;
    void sent(std::size_t n) noexcept;
    /// Gives memory back, if the client has become quiet.
    void shrink() noexcept;

private:
    block& block_for(std::size_t n);
    void recycle(block& b) noexcept;

    std::vector<std::unique_ptr<block>> blocks_, spare_;
    block* sending_ = nullptr; // the block whose first reply may have been sent in part
    std::size_t waiting_ = 0;
};

} // namespace sshoal::sftp
