// gate.hpp - the one awaitable edge of windows, key exchanges, replies and everything else that is waited for: a list of parked
// coroutines, in order. The state they wait for is kept elsewhere and looked at again after every wake-up, so none can be lost.
#pragma once

#include "parking/ready_list.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>

namespace sshoal::parking {

class gate {
public:
    explicit gate(ready_list& ready) noexcept : ready_(ready) {}
    gate(const gate&) = delete;
    ~gate() { abandon(); }

    /// co_await gate.wait(): parks the coroutine until wake_one() or wake_all(), or a cancellation of one of the given types.
    /// Only for coroutines. Whoever is woken by wake_one() and finds itself cancelled passes the wake-up on.
    auto wait(asio::cancellation_type accepted = asio::cancellation_type::all)
    {
        return asio::async_initiate<const asio::deferred_t, void(wake)>(initiation{this, accepted}, asio::deferred);
    }

    bool waiting() const noexcept { return !waiters_.empty(); }

    void wake_one()
    {
        if (!waiters_.empty())
            finish(0, wake::ready);
    }
    void wake_all()
    {
        while (!waiters_.empty())
            finish(0, wake::ready);
    }
    /// Destroys the waiters without resuming them. Their cancellation slots are left alone: the signals may be gone already.
    void abandon() noexcept
    {
        std::vector<waiter> dying;
        dying.swap(waiters_);
    }

private:
    struct waiter {
        parked_handler handler;
        std::uint32_t id;
    };
    /// Stays in the slot until the coroutine runs, which clears it.
    struct on_cancel {
        std::shared_ptr<ready_list*> anchor;
        gate* self;
        std::uint32_t id;
        asio::cancellation_type accepted;
        void operator()(asio::cancellation_type type) const
        {
            if ((type & accepted) == asio::cancellation_type::none || !*anchor || (*anchor)->cancel(id))
                return;
            gate* const g = self;
            const std::uint32_t which = id;
            for (std::size_t i = 0; i < g->waiters_.size(); ++i)
                if (g->waiters_[i].id == which) {
                    g->finish(i, wake::cancelled);
                    return;
                }
        }
    };
    struct initiation {
        gate* self;
        asio::cancellation_type accepted;
        template <class Handler>
        void operator()(Handler&& h) const
        {
            // Erasing the handler puts something of its own into the handler's slot; the slot to use is that of the result.
            parked_handler::handler erased(std::forward<Handler>(h));
            asio::cancellation_slot slot = asio::get_associated_cancellation_slot(erased);
            const std::uint32_t id = self->ready_.new_id();
            if (slot.is_connected() && accepted != asio::cancellation_type::none)
                slot.assign(on_cancel{self->ready_.anchor(), self, id, accepted});
            self->waiters_.push_back(waiter{parked_handler(std::move(erased)), id});
        }
    };

    void finish(std::size_t i, wake why)
    {
        const std::uint32_t id = waiters_[i].id;
        parked_handler h = std::move(waiters_[i].handler);
        waiters_.erase(waiters_.begin() + std::ptrdiff_t(i));
        ready_.push(std::move(h), why, id);
    }

    ready_list& ready_;
    std::vector<waiter> waiters_;
};

} // namespace sshoal::parking
