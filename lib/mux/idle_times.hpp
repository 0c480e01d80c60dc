// idle_times.hpp - how long a channel of each type may be without data before it is closed (sshd_config(5), ChannelTimeout).
#pragma once

#include "base/clock.hpp"
#include "sshoal/limits.hpp"

#include <string_view>

namespace sshoal::mux {

class idle_times {
public:
    idle_times() = default;
    explicit idle_times(const idle_limits& l) : channels_(l.channels) {}

    bool any() const noexcept { return !channels_.empty(); }
    /// Returns: the time for a channel of this type (RFC 4254 §4.9.1); zero: the channel is never closed.
    duration of_type(std::string_view type) const noexcept;
    /// Returns: the time for all channels together; zero: there is none.
    duration of_all() const noexcept;

private:
    std::vector<std::pair<std::string, std::chrono::milliseconds>> channels_;
};

} // namespace sshoal::mux
