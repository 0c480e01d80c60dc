#include "forward/user_limits.hpp"

namespace sshoal::forward {
namespace {

std::size_t& number_of(user_limits::impl::numbers& n, user_place::kind what) noexcept
{
    return what == user_place::kind::stream ? n.streams : n.listeners;
}

} // namespace

user_limits::user_limits(std::size_t max_streams, std::size_t max_listeners)
    : impl_(std::make_shared<impl>(max_streams, max_listeners))
{
}

std::optional<user_place> user_place::take(std::shared_ptr<user_limits::impl> among, const std::string& user, kind what)
{
    std::optional<user_place> place(std::in_place);
    if (!among)
        return place;
    const std::scoped_lock held(among->lock);
    user_limits::impl::numbers most = among->most;
    std::size_t& taken = number_of(among->users[user], what);
    if (number_of(most, what) > 0 && taken >= number_of(most, what))
        return {};
    ++taken;
    place->user_ = user;
    place->what_ = what;
    place->among_ = std::move(among);
    return place;
}

user_place::~user_place()
{
    if (!among_)
        return;
    const std::scoped_lock held(among_->lock);
    const auto mine = among_->users.find(user_);
    --number_of(mine->second, what_);
    if (mine->second.streams == 0 && mine->second.listeners == 0)
        among_->users.erase(mine);
}

} // namespace sshoal::forward
