// sender.hpp - the part of a channel that the send scheduler uses, and lists of senders. The links are inside the sender, so
// waiting costs no memory and leaving a list is O(1).
#pragma once

#include "mux/token_bucket.hpp"
#include "sshoal/channel_priority.hpp"

#include <memory>

namespace sshoal::mux {

class sender {
public:
    sender() = default;
    sender(const sender&) = delete;
    bool has_terminal() const noexcept { return has_terminal_; }

protected:
    ~sender() = default;

private:
    friend class sender_list;
    friend class send_scheduler;

    enum class place : std::uint8_t {
        none,
        urgent,  // waits; goes before bulk
        bulk,    // waits
        limited, // waits for its own rate limit
        granted, // has been woken with an allowance
        called,  // has been woken out of `urgent`
    };

    sender* next_ = nullptr;
    sender* previous_ = nullptr;
    std::unique_ptr<token_bucket> bucket_; // null: no limit
    std::int32_t allowance_ = 0;           // negative: has sent urgent data on credit
    std::uint32_t ticket_ = 0;             // orders the waiting senders
    std::uint32_t wanted_ = 0;             // bytes that it waits to send
    std::uint32_t epoch_ = 0;
    std::uint32_t sent_in_epoch_ = 0;
    place place_ = place::none;
    channel_priority priority_ = channel_priority::automatic;
    bool has_terminal_ = false;
};

class sender_list {
public:
    bool empty() const noexcept { return !first_; }
    sender& front() const noexcept { return *first_; }
    /// Returns whether the list holds no sender other than s.
    bool empty_but_for(const sender& s) const noexcept { return first_ == last_ && (!first_ || first_ == &s); }

    /// Inserts s behind `before`, or at the front if `before` is null.
    void insert_behind(sender* before, sender& s) noexcept
    {
        s.previous_ = before;
        s.next_ = before ? before->next_ : first_;
        (before ? before->next_ : first_) = &s;
        (s.next_ ? s.next_->previous_ : last_) = &s;
    }
    void remove(sender& s) noexcept
    {
        (s.previous_ ? s.previous_->next_ : first_) = s.next_;
        (s.next_ ? s.next_->previous_ : last_) = s.previous_;
        s.next_ = s.previous_ = nullptr;
    }
    sender* last() const noexcept { return last_; }
    static sender* before(const sender& s) noexcept { return s.previous_; }
    static sender* behind(const sender& s) noexcept { return s.next_; }

private:
    sender* first_ = nullptr;
    sender* last_ = nullptr;
};

} // namespace sshoal::mux
