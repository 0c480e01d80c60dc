#include "sftp/server/output.hpp"

#include <algorithm>
#include <utility>

namespace sshoal::sftp {
namespace {

constexpr std::size_t most_spare_blocks = 4;

} // namespace

void output::reservation::commit(std::size_t n) noexcept
{
    if (!block_)
        return;
    block& b = *std::exchange(block_, nullptr);
    b.filled += n;
    b.reserved = 0;
    output_->waiting_ -= size_ - n;
    output_->recycle(b);
}

output::block& output::block_for(std::size_t n)
{
    block* const last = blocks_.empty() ? nullptr : blocks_.back().get();
    if (last && last->reserved == 0 && last->capacity - last->filled >= n)
        return *last;
    const auto fits = std::find_if(spare_.rbegin(), spare_.rend(), [n](const auto& b) { return b->capacity >= n; });
    if (fits == spare_.rend()) {
        blocks_.push_back(std::make_unique<block>(n));
    } else {
        blocks_.push_back(std::move(*fits));
        spare_.erase(std::next(fits).base());
    }
    block& b = *blocks_.back();
    if (last)
        recycle(*last); // the block is too small, and may be empty
    return b;
}

void output::append(byte_view reply)
{
    block& b = block_for(reply.size());
    std::memcpy(b.memory + b.filled, reply.data(), reply.size());
    b.filled += reply.size();
    waiting_ += reply.size();
}

output::reservation output::reserve(std::size_t n)
{
    block& b = block_for(n);
    b.reserved = n;
    waiting_ += n;
    return reservation(*this, b, n);
}

byte_view output::front() noexcept
{
    if (!sending_)
        for (const auto& b : blocks_)
            if (b->sent < b->filled) {
                sending_ = b.get();
                break;
            }
    return sending_ ? byte_view(&sending_->memory[sending_->sent], sending_->filled - sending_->sent) : byte_view();
}

void output::sent(std::size_t n) noexcept
{
    block& b = *sending_;
    b.sent += n;
    waiting_ -= n;
    if (b.sent == b.filled) {
        sending_ = nullptr;
        recycle(b);
    }
}

void output::recycle(block& b) noexcept
{
    if (b.reserved > 0 || b.sent < b.filled)
        return;
    b.sent = b.filled = 0;
    if (&b == blocks_.back().get())
        return;
    const auto at = std::find_if(blocks_.begin(), blocks_.end(), [&](const auto& x) { return x.get() == &b; });
    std::unique_ptr<block> taken = std::move(*at);
    blocks_.erase(at);
    if (spare_.size() < most_spare_blocks) // vectors of this size do not allocate again
        spare_.push_back(std::move(taken));
}

void output::shrink() noexcept
{
    spare_.clear();
    if (waiting_ == 0 && blocks_.size() == 1 && blocks_.front()->reserved == 0)
        blocks_.clear();
}

} // namespace sshoal::sftp
