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

void multiplexer::impl::watch(const channel_impl& c, std::string_view type)
{
    if (!idle.any())
        return;
    const time_point now = used_at = out.now();
    if (const duration most = idle.of_type(type); most > duration::zero()) {
        watched[c.local_id()] = {most, now};
        idle_at = std::min(idle_at, now + most);
    }
    if (idle.of_all() > duration::zero())
        idle_at = std::min(idle_at, now + idle.of_all());
}

void multiplexer::impl::note_use(std::uint32_t channel)
{
    used_at = out.now();
    if (const auto it = watched.find(channel); it != watched.end())
        it->second.since = used_at;
}

/// Every channel that is watched is looked at, but no more often than one of them can be due.
void multiplexer::impl::close_idle(time_point now)
{
    if (over || now < idle_at)
        return;
    idle_at = never;
    if (!idle.any())
        return;
    std::vector<std::shared_ptr<channel_impl>> due;
    const duration all = idle.of_all();
    if (all > duration::zero() && channels.size() > 0) {
        if (now < used_at + all)
            idle_at = used_at + all;
        else
            channels.for_each([&](std::uint32_t, const std::shared_ptr<channel_impl>& c) { due.push_back(c); });
    }
    for (auto& [id, last] : watched) {
        const std::shared_ptr<channel_impl>& c = *channels.find(id);
        if (!c->confirmed()) // the peer may take its time
            last.since = now;
        else if (!c->is_open())
            continue;
        if (now >= last.since + last.most)
            due.push_back(c);
        else
            idle_at = std::min(idle_at, last.since + last.most);
    }
    for (const std::shared_ptr<channel_impl>& c : due)
        c->close();
}

} // namespace sshoal::mux
