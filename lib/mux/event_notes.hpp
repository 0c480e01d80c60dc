// event_notes.hpp - remembers the names of channels and requests for events, if a sink wants events.
#pragma once

#include "base/event_port.hpp"
#include "mux/channel.hpp"

#include <map>

namespace sshoal::mux {

class event_notes {
public:
    static constexpr std::uint32_t no_channel = events::request_received::no_channel;

    explicit event_notes(event_port& to) noexcept : to_(to) {}

    /// This end has sent the open of a channel.
    void opening(std::uint32_t channel, std::string_view type, std::string_view name)
    {
        open_[channel] = {std::string(type), std::string(name)};
    }
    void named(std::uint32_t channel, std::string_view name) { open_[channel].name = name; }
    /// The peer has confirmed that channel.
    void confirmed(std::uint32_t channel) { tell_opened(channel, false); }
    /// This end has accepted a channel of the peer.
    void accepted(std::uint32_t channel, std::string_view type);
    /// The peer has refused the channel, or has not answered the open.
    void refused_by_peer(std::uint32_t channel, open_failure reason, std::string_view text);
    void refused(std::string_view type, open_failure reason, std::string_view text);
    void closed(std::uint32_t channel, const channel_counters& count);
    void forget(std::uint32_t channel);

    /// The peer's request; `token` is 0 where it wants no reply.
    void asked(std::uint32_t channel, std::uint64_t token, std::string_view name);
    void answered(std::uint32_t channel, std::uint64_t token, bool granted);

private:
    void tell_opened(std::uint32_t channel, bool by_peer);

    event_port& to_;
    struct known_channel {
        std::string type, name;
    };
    std::map<std::uint32_t, known_channel> open_; // channels that are open or opening
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> requests_; // that wait for an answer, by channel and token
};

/// Makes the notes of a connection when they are first needed and a sink wants events.
class event_reporter {
public:
    explicit event_reporter(event_port& to) noexcept : to_(to) {}
    /// Returns: the notes; null if no sink wants events.
    event_notes* notes()
    {
        if (!notes_ && to_.wants_events())
            notes_ = std::make_unique<event_notes>(to_);
        return notes_.get();
    }

private:
    event_port& to_;
    std::unique_ptr<event_notes> notes_;
};

} // namespace sshoal::mux
