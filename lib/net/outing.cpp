#include "net/outing.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sshoal::net {

outing::outing(executor strand)
    : strand_(std::move(strand)), ready_([](void* self) { static_cast<outing*>(self)->kick(); }, this), over_(ready_),
      home_(std::make_shared<way_home>(strand_))
{
}

outing::~outing() { home_->close(); }

awaitable<bool> outing::wait_for(executor there, std::shared_ptr<job> j)
{
    executor here = co_await asio::this_coro::executor;
    const auto self = std::make_shared<outing>(std::move(here));
    self->watch(self->strand_, self->weak_from_this());
    {
        auto arrival = [weak = self->weak_from_this()] {
            if (const auto o = weak.lock()) {
                o->done_ = true;
                o->over_.wake_all();
            }
        };
        send_errand(there, std::move(j), self->home_, std::move(arrival));
    }
    while (!self->done_) {
        const parking::wake w = co_await self->over_.wait(asio::cancellation_type::all);
        if (w == parking::wake::cancelled)
            co_return self->done_;
    }
    co_return true;
}

void outing::kick()
{
    if (!strand_)
        return;
    asio::post(strand_, [self = shared_from_this()] {
        if (std::exception_ptr thrown = self->ready_.drain())
            std::rethrow_exception(thrown);
    });
}

/// The coroutine that waits holds this object, and its place in the gate is all that holds the coroutine.
void outing::context_gone() noexcept
{
    home_->close();
    strand_ = executor();
    over_.abandon();
    ready_.abandon();
}

} // namespace sshoal::net
