#include "parking/lot.hpp"

#include <boost/asio/post.hpp>

namespace sshoal::parking {

lot::lot(executor strand)
    : strand_(std::move(strand)), ready_([](void* self) { static_cast<lot*>(self)->kick(); }, this)
{
}

void lot::open(std::weak_ptr<void> owner) { watch(strand_, std::move(owner)); }

void lot::kick()
{
    if (in_turn_ || turn_posted_)
        return;
    std::shared_ptr<void> owner = teardown_watch::owner().lock();
    if (!owner)
        return; // the lot is being destroyed, or is not open yet: open() kicks
    turn_posted_ = true;
    asio::post(strand_, [this, owner = std::move(owner)] {
        turn_posted_ = false;
        turn();
    });
}

void lot::resume()
{
    if (std::exception_ptr thrown = ready_.drain(); thrown && strand_)
        asio::post(strand_, [thrown] { std::rethrow_exception(thrown); });
}

void lot::turn()
{
    const turn_mark mark(*this);
    resume();
}

void lot::context_gone() noexcept
{
    in_turn_ = true; // nothing may be posted any more
    gone();
    ready_.abandon();
    strand_ = executor();
}

} // namespace sshoal::parking
