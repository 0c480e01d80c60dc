// left_behind.hpp - data that arrived on channels which have been closed since, and that nobody has read yet. The window of a
// closed channel is free for others, and so is its number: without a count of what is left behind, a peer that opens, fills and
// closes channels again and again would find no limit.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace sshoal::mux {

/// Of one connection. Channels outlive it, and may be destroyed on any thread.
using left_behind_total = std::shared_ptr<std::atomic<std::size_t>>;

/// One channel's part.
class left_behind {
public:
    left_behind(left_behind_total total, std::size_t n) : total_(std::move(total)), mine_(n) { total_->fetch_add(n); }
    left_behind(const left_behind&) = delete;
    ~left_behind() { total_->fetch_sub(mine_); }
    void taken(std::size_t n) noexcept
    {
        mine_ -= n;
        total_->fetch_sub(n);
    }

private:
    left_behind_total total_;
    std::size_t mine_;
};

} // namespace sshoal::mux
