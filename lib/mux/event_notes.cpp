#include "mux/event_notes.hpp"

namespace sshoal::mux {

void event_notes::accepted(std::uint32_t channel, std::string_view type)
{
    open_[channel].type = type;
    tell_opened(channel, true);
}

void event_notes::tell_opened(std::uint32_t channel, bool by_peer)
{
    events::channel_opened e;
    e.number = channel;
    const known_channel& c = open_[channel];
    e.type = c.type;
    e.name = c.name;
    e.by_peer = by_peer;
    to_.on_event(e);
}

void event_notes::refused_by_peer(std::uint32_t channel, open_failure reason, std::string_view text)
{
    events::channel_refused e;
    e.type = open_[channel].type;
    e.reason = reason;
    e.text = text;
    to_.on_event(e);
    forget(channel);
}

void event_notes::refused(std::string_view type, open_failure reason, std::string_view text)
{
    events::channel_refused e;
    e.type = type;
    e.by_peer = true;
    e.reason = reason;
    e.text = text;
    to_.on_event(e);
}

void event_notes::closed(std::uint32_t channel, const channel_counters& count)
{
    events::channel_closed e;
    e.number = channel;
    const known_channel& c = open_[channel];
    e.type = c.type;
    e.name = c.name;
    e.bytes_in = count.bytes_in;
    e.bytes_out = count.bytes_out;
    to_.on_event(e);
    forget(channel);
}

void event_notes::forget(std::uint32_t channel)
{
    open_.erase(channel);
    requests_.erase(requests_.lower_bound({channel, 0}), requests_.upper_bound({channel, ~std::uint64_t(0)}));
}

void event_notes::asked(std::uint32_t channel, std::uint64_t token, std::string_view name)
{
    if (token != 0)
        requests_[{channel, token}] = name;
    events::request_received e;
    e.channel = channel;
    e.name = name;
    e.want_reply = token != 0;
    to_.on_event(e);
}

void event_notes::answered(std::uint32_t channel, std::uint64_t token, bool granted)
{
    const auto it = requests_.find({channel, token});
    if (it == requests_.end())
        return;
    const std::string name = std::move(it->second);
    requests_.erase(it);
    events::request_answered e;
    e.channel = channel;
    e.name = name;
    e.granted = granted;
    to_.on_event(e);
}

} // namespace sshoal::mux
