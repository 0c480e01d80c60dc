#include "net/connection_parts.hpp"

#include "connection/connection_operations.hpp"

namespace sshoal::net {

void tell(const connection& about, const event& e)
{
    if (about)
        conn::state_of(about)->tell(e);
}

bool wants_events(const connection& about) noexcept { return about && conn::state_of(about)->has_sink(); }

void add_session_extra(const connection& of, const std::shared_ptr<const session_extra>& extra)
{
    auto& all = conn::state_of(of)->session_extras;
    std::erase_if(all, [](const auto& e) { return e.expired(); });
    all.push_back(extra);
}

std::weak_ptr<void>& forwarding_place(const connection& of) { return conn::state_of(of)->forwarding_place; }

} // namespace sshoal::net
