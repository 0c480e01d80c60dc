// writer_list.hpp - channels whose write was stopped by a key exchange or a full output, in the order in which that happened.
// The links are inside the channels: waiting costs no memory, and leaving is O(1).
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
        c.previous_writer_ = last_;
        c.next_writer_ = nullptr;
        (last_ ? last_->next_writer_ : first_) = &c;
        last_ = &c;
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
