// requests.hpp - the order of replies in both directions (RFC 4254 §4, §5.4). A reply carries no number, so it belongs to the
// oldest request that wants one. Our requests wait in a queue; our answers leave in the order of the peer's requests.
#pragma once

#include "base/fifo.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace sshoal::mux {

/// Our requests that wait for a reply. `ticket` is the ticket in awaited_replies.
class outstanding_requests {
public:
    struct entry {
        std::uint64_t token = 0;
        std::uint32_t ticket = 0;
        bool wanted = false; ///< the reply is awaited
        bool removed = false; ///< no reply will come
    };

    std::size_t size() const noexcept { return waiting_.size(); }
    void push(std::uint64_t token, std::uint32_t ticket) { waiting_.push({token, ticket, true, false}); }
    /// Ends the wait for a reply. The reply may still arrive; it must not be taken for the reply to the next request.
    void abandon(std::uint64_t token) noexcept
    {
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            if (waiting_[i].wanted && waiting_[i].token == token) {
                waiting_[i].wanted = false;
                return;
            }
        }
    }
    /// Takes the request to which a reply belongs that has arrived. Returns: nothing if no request waits.
    std::optional<entry> pop()
    {
        if (waiting_.empty())
            return std::nullopt;
        const entry e = waiting_.pop();
        drop_removed();
        return e;
    }
    /// Removes a request that the peer will not answer, so that the next reply belongs to another one.
    /// Returns: the token, if the reply was awaited.
    std::optional<std::uint64_t> remove(std::uint32_t ticket)
    {
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            if (waiting_[i].ticket != ticket || waiting_[i].removed)
                continue;
            const entry e = waiting_[i];
            waiting_[i].removed = true;
            waiting_[i].wanted = false;
            drop_removed();
            return e.wanted ? std::optional(e.token) : std::nullopt;
        }
        return std::nullopt;
    }
    /// Ends the wait for an overdue reply; the request keeps its place. Returns: the token, if the reply was awaited.
    std::optional<std::uint64_t> give_up(std::uint32_t ticket)
    {
        for (std::size_t i = 0; i < waiting_.size(); ++i)
            if (waiting_[i].ticket == ticket && std::exchange(waiting_[i].wanted, false))
                return waiting_[i].token;
        return std::nullopt;
    }
    bool empty() const noexcept { return waiting_.empty(); }

private:
    void drop_removed()
    {
        while (!waiting_.empty() && waiting_.front().removed)
            waiting_.pop();
    }
    fifo<entry> waiting_;
};

/// Requests of the peer that want a reply. `Answer` is the argument of send().
template <class Answer>
class unanswered_requests {
public:
    std::size_t size() const noexcept { return waiting_.size(); }

    /// Adds a request and returns its token. Tokens begin with 1; 0 is the token of a request that wants no reply.
    std::uint64_t arrived()
    {
        waiting_.push({});
        return first_ + waiting_.size() - 1;
    }
    /// Calls send(answer) for this answer and those that waited for it. Calls nothing if this answer must wait for an earlier
    /// one.
    template <class Send>
    void answer(std::uint64_t token, Answer a, Send&& send)
    {
        if (token < first_ || token - first_ >= waiting_.size() || waiting_[std::size_t(token - first_)])
            return;
        waiting_[std::size_t(token - first_)].emplace(std::move(a));
        while (!waiting_.empty() && waiting_.front()) {
            const std::optional<Answer> next = waiting_.pop();
            ++first_;
            send(*next);
        }
    }
    /// Removes all requests; their tokens are not used again.
    void clear() noexcept
    {
        first_ += waiting_.size();
        waiting_.clear();
    }

private:
    fifo<std::optional<Answer>> waiting_;
    std::uint64_t first_ = 1;
};

} // namespace sshoal::mux
