// gate.hpp - a gate is an ordered list of parked coroutines. Coroutines wait at gates for windows, key exchanges, replies and all
// other events. The state that a coroutine waits for is kept elsewhere; the coroutine checks it again after every wake-up.
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
    /// Only coroutines may wait. A coroutine that wake_one() has woken and that finds itself cancelled must pass the wake-up on.
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
    /// Destroys the waiters without resuming them. Their cancellation slots are not touched, since the signals may be destroyed
    /// already.
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
    /// This handler stays in the slot until the coroutine runs; then the coroutine clears the slot.
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
            // Type erasure puts an object of its own into the handler's slot, so the slot of the erased handler must be used.
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
