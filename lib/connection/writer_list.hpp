// writer_list.hpp - channels whose write was stopped by a key exchange or a full output. Whoever sent longest ago goes first;
// among those who never sent, whoever came first. The links are inside the channels: waiting costs no memory, and leaving is O(1).
//
// Why not plainly first come, first served: a woken writer may be a coroutine that runs later, so all are woken before the first
// of them fills the output, and the others come back behind it. In that order the first would win every time.
#pragma once

#include "connection/channel_state.hpp"

namespace sshoal::mux {

class writer_list {
public:
    bool empty() const noexcept { return !first_; }

    /// Keeps its place if it waits already.
    void push(channel_state& c) noexcept
    {
        if (c.in_writers_)
            return;
        c.in_writers_ = true;
        channel_state* before = last_; // whoever was served last is at the end, so this stops soon
        while (before && before->served_ > c.served_)
            before = before->previous_writer_;
        c.previous_writer_ = before;
        c.next_writer_ = before ? before->next_writer_ : first_;
        (before ? before->next_writer_ : first_) = &c;
        (c.next_writer_ ? c.next_writer_->previous_writer_ : last_) = &c;
    }
    void remove(channel_state& c) noexcept
    {
        if (!c.in_writers_)
            return;
        c.in_writers_ = false;
        (c.previous_writer_ ? c.previous_writer_->next_writer_ : first_) = c.next_writer_;
        (c.next_writer_ ? c.next_writer_->previous_writer_ : last_) = c.previous_writer_;
    }
    channel_state& front() noexcept { return *first_; }

private:
    channel_state* first_ = nullptr;
    channel_state* last_ = nullptr;
};

} // namespace sshoal::mux
