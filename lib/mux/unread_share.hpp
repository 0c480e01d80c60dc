// left_behind.hpp - counts unread data of channels that are closed. A closed channel frees its number and its part of the window
// budget. Without this count a peer could open, fill and close channels again and again without a limit.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace sshoal::mux {

/// The total of one connection. Channels may outlive the connection and be destroyed on any thread.
using left_behind_total = std::shared_ptr<std::atomic<std::size_t>>;

/// The part of one channel.
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
