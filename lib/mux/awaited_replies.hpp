// awaited_replies.hpp - the messages of ours that wait for a reply, in the order of sending: opens, requests on channels, global
// requests. Replies name no request, so the queues of requests.hpp pair them. This list keeps what those queues do not know: the
// sequence number that an SSH_MSG_UNIMPLEMENTED names (RFC 4253 §11.4), and the time since which a reply has been due.
#pragma once

#include "base/clock.hpp"
#include "base/fifo.hpp"

#include <cstdint>
#include <optional>

namespace sshoal::mux {

class awaited_replies {
public:
    enum class kind : std::uint8_t { open, channel_request, global_request };
    static constexpr std::uint32_t last_of_all = ~std::uint32_t(0);
    struct entry {
        std::uint32_t ticket = 0;   ///< identifies the entry; never 0 or last_of_all, which have other uses
        std::uint32_t channel = 0;  ///< local number of the channel; unused for a global request
        std::uint32_t sequence = 0; ///< sequence number of the packet, once it has been sent
        kind what = kind::open;
        bool sent = false;
        bool over = false; ///< the reply has arrived, or is not needed any more
        time_point since{};
    };

    /// Adds a message that is about to be sent and wants a reply. Returns: the ticket of the message.
    std::uint32_t add(kind what, std::uint32_t channel);
    /// Records the sequence number of the packet that carried the message.
    void sent(std::uint32_t ticket, std::uint32_t sequence, time_point now) noexcept;
    /// Ends the wait for this reply.
    void over(std::uint32_t ticket);

    /// Returns the latest entry that was sent with this sequence number, since sequence numbers restart with new keys.
    std::optional<entry> with_sequence(std::uint32_t sequence) const noexcept;
    /// Returns the entry whose reply has been due for longest, if it has been sent.
    std::optional<entry> oldest() const noexcept;

    std::size_t size() const noexcept { return entries_.size() - over_; }
    /// Returns the number of entries, including those that are over but not dropped yet.
    std::size_t kept() const noexcept { return entries_.size(); }

private:
    entry* find(std::uint32_t ticket) noexcept;
    void drop_finished();

    fifo<entry> entries_; // in the order of tickets
    std::size_t over_ = 0; // number of entries that are over
    std::uint32_t last_ticket_ = 0;
};

} // namespace sshoal::mux
