// awaited_replies.hpp - everything to which the peer owes a reply, in the order in which it was sent: opens, requests on
// channels, global requests. Replies name no request, so the queues of requests.hpp pair them; here is what those queues cannot
// know: the sequence number that an SSH_MSG_UNIMPLEMENTED names (RFC 4253 §11.4), and since when a reply has been due.
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
        std::uint32_t ticket = 0;   ///< tells the entries apart; neither 0 nor last_of_all, which are free for others
        std::uint32_t channel = 0;  ///< its local number; not of a global request
        std::uint32_t sequence = 0; ///< of the packet, once it has been sent
        kind what = kind::open;
        bool sent = false;
        bool over = false; ///< there is a reply, or it does not matter any more
        time_point since{};
    };

    /// Something is about to be sent that wants a reply. Returns: its ticket.
    std::uint32_t add(kind what, std::uint32_t channel);
    /// The packet with this number carried it.
    void sent(std::uint32_t ticket, std::uint32_t sequence, time_point now) noexcept;
    /// No reply is awaited any more.
    void over(std::uint32_t ticket);

    /// The latest entry that was sent with this number; sequence numbers begin anew with the keys.
    std::optional<entry> with_sequence(std::uint32_t sequence) const noexcept;
    /// The one that has been due for longest, as long as it has been sent.
    std::optional<entry> oldest() const noexcept;

    std::size_t size() const noexcept { return entries_.size() - over_; }
    /// With those that are over and have not been dropped yet.
    std::size_t kept() const noexcept { return entries_.size(); }

private:
    entry* find(std::uint32_t ticket) noexcept;
    void drop_what_is_over();

    fifo<entry> entries_; // by ticket
    std::size_t over_ = 0; // entries that are over
    std::uint32_t last_ticket_ = 0;
};

} // namespace sshoal::mux
