// requests.hpp - the two orders of replies (RFC 4254 §4, §5.4). Replies carry no number, so each belongs to the oldest request
// that wants one: ours wait in a queue for what the peer says, and answers to the peer's leave in the order in which it asked.
#pragma once

#include "base/fifo.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace sshoal::mux {

/// Requests of ours that wait for a reply. `ticket` is that of awaited_replies.
class outstanding_requests {
public:
    struct entry {
        std::uint64_t token = 0;
        std::uint32_t ticket = 0;
        bool wanted = false; ///< somebody waits for the reply
        bool struck = false; ///< no reply will come
    };

    std::size_t size() const noexcept { return waiting_.size(); }
    void push(std::uint64_t token, std::uint32_t ticket) { waiting_.push({token, ticket, true, false}); }
    /// The reply will come all the same; it must not be given to the next request.
    void abandon(std::uint64_t token) noexcept
    {
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            if (waiting_[i].wanted && waiting_[i].token == token) {
                waiting_[i].wanted = false;
                return;
            }
        }
    }
    /// A reply has come. Returns: the request that it belongs to; nothing where no request waits.
    std::optional<entry> pop()
    {
        if (waiting_.empty())
            return std::nullopt;
        const entry e = waiting_.pop();
        drop_struck();
        return e;
    }
    /// The peer has said that it will not answer this one: the next reply belongs to another. Returns: the token, where somebody
    /// waits.
    std::optional<std::uint64_t> strike(std::uint32_t ticket)
    {
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            if (waiting_[i].ticket != ticket || waiting_[i].struck)
                continue;
            const entry e = waiting_[i];
            waiting_[i].struck = true;
            waiting_[i].wanted = false;
            drop_struck();
            return e.wanted ? std::optional(e.token) : std::nullopt;
        }
        return std::nullopt;
    }
    /// The reply is overdue: nobody waits for it any more, and it keeps its place. Returns: the token, where somebody waited.
    std::optional<std::uint64_t> give_up(std::uint32_t ticket)
    {
        for (std::size_t i = 0; i < waiting_.size(); ++i)
            if (waiting_[i].ticket == ticket && std::exchange(waiting_[i].wanted, false))
                return waiting_[i].token;
        return std::nullopt;
    }
    bool empty() const noexcept { return waiting_.empty(); }

private:
    void drop_struck()
    {
        while (!waiting_.empty() && waiting_.front().struck)
            waiting_.pop();
    }
    fifo<entry> waiting_;
};

/// Requests of the peer that want a reply. Answer is what send() needs to know.
template <class Answer>
class unanswered_requests {
public:
    std::size_t size() const noexcept { return waiting_.size(); }

    /// A place in the order. Tokens begin with 1, so that 0 is the token of a request that wants no reply.
    std::uint64_t arrived()
    {
        waiting_.push({});
        return first_ + waiting_.size() - 1;
    }
    /// Calls send(answer) for this answer and for those that waited for it, or for none of them yet.
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
    /// Forgets them; their tokens will not be used again.
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
