// The names of types, and the channels on which nothing has moved.
#include "mux/idle_times.hpp"

#include "base/wildcard.hpp"
#include "mux/multiplexer_impl.hpp"

#include <algorithm>

namespace sshoal::mux {
namespace {

constexpr std::string_view all_channels = "global";

/// Returns: the name that sshd_config has for a type.
std::string_view name_in_files(std::string_view type) noexcept
{
    return type == "x11"                            ? "x11-connection"
           : type == "auth-agent@openssh.com"       ? "agent-connection"
           : type == "tun@openssh.com"              ? "tun-connection"
                                                    : type;
}

} // namespace

duration idle_times::of_type(std::string_view type) const noexcept
{
    for (const auto& [pattern, time] : channels_)
        if (pattern != all_channels && (matches_wildcard(pattern, type) || matches_wildcard(pattern, name_in_files(type))))
            return time;
    return duration::zero();
}

duration idle_times::of_all() const noexcept
{
    for (const auto& [pattern, time] : channels_)
        if (pattern == all_channels)
            return time;
    return duration::zero();
}

void multiplexer::impl::set_idle_times(idle_times t)
{
    if (!t.any())
        return idle.reset();
    if (!idle)
        idle = std::make_unique<idle_watch>();
    idle->times = std::move(t);
}

void multiplexer::impl::watch(const channel_impl& c, std::string_view type)
{
    if (!idle)
        return;
    const time_point now = idle->used_at = out.now();
    if (const duration most = idle->times.of_type(type); most > duration::zero()) {
        idle->channels[c.local_id()] = {most, now};
        idle->due = std::min(idle->due, now + most);
    }
    if (const duration all = idle->times.of_all(); all > duration::zero())
        idle->due = std::min(idle->due, now + all);
}

void multiplexer::impl::note_use(std::uint32_t channel)
{
    idle->used_at = out.now();
    if (const auto it = idle->channels.find(channel); it != idle->channels.end())
        it->second.since = idle->used_at;
}

/// Every channel that is watched is looked at, but no more often than one of them can be due.
void multiplexer::impl::close_idle(time_point now)
{
    if (over || !idle || now < idle->due)
        return;
    idle->due = never;
    std::vector<std::shared_ptr<channel_impl>> due;
    const duration all = idle->times.of_all();
    if (all > duration::zero() && channels.size() > 0) {
        if (now < idle->used_at + all)
            idle->due = idle->used_at + all;
        else
            channels.for_each([&](std::uint32_t, const std::shared_ptr<channel_impl>& c) { due.push_back(c); });
    }
    for (auto& [id, last] : idle->channels) {
        const std::shared_ptr<channel_impl>& c = *channels.find(id);
        if (!c->confirmed()) // the peer may take its time
            last.since = now;
        else if (!c->is_open())
            continue;
        if (now >= last.since + last.most)
            due.push_back(c);
        else
            idle->due = std::min(idle->due, last.since + last.most);
    }
    for (const std::shared_ptr<channel_impl>& c : due)
        c->close();
}

} // namespace sshoal::mux
