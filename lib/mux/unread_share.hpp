// unread_share.hpp - counts unread data of channels that are closed. A closed channel frees its number and its part of the window
// budget. Without this count a peer could open, fill and close channels again and again without a limit.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace sshoal::mux {

/// The total of one connection. Channels may outlive the connection and be destroyed on any thread.
using unread_total = std::shared_ptr<std::atomic<std::size_t>>;

/// The part of one channel.
class unread_share {
public:
    unread_share(unread_total total, std::size_t n) : total_(std::move(total)), mine_(n) { total_->fetch_add(n); }
    unread_share(const unread_share&) = delete;
    ~unread_share() { total_->fetch_sub(mine_); }
    void taken(std::size_t n) noexcept
    {
        mine_ -= n;
        total_->fetch_sub(n);
    }

private:
    unread_total total_;
    std::size_t mine_;
};

} // namespace sshoal::mux
