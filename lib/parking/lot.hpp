// lot.hpp - the home of coroutines that are parked at gates: the strand on which they go on, the list of woken coroutines, and
// their end with the io_context.
#pragma once

#include "parking/ready_list.hpp"
#include "parking/teardown.hpp"

namespace sshoal::parking {

/// Base of an object that owns gates. A woken coroutine runs in a turn, which is posted to the strand. All members are called on
/// the strand.
class lot : private teardown_watch {
public:
    /// Gates are made with this list.
    ready_list& ready() noexcept { return ready_; }
    /// Empty once the io_context is gone.
    const executor& strand() const noexcept { return strand_; }
    /// Posts a turn, unless one is posted or going on.
    void kick();

protected:
    explicit lot(executor strand);

    /// From now on woken coroutines run. `owner` holds this object, and a posted turn keeps `owner` alive.
    void open(std::weak_ptr<void> owner);

    /// While this lives, a turn is going on and kick() does nothing. At its end a turn is posted for coroutines that are still to
    /// be run.
    class turn_mark {
    public:
        explicit turn_mark(lot& l) noexcept : lot_(l) { lot_.in_turn_ = true; }
        turn_mark(const turn_mark&) = delete;
        ~turn_mark()
        {
            lot_.in_turn_ = false;
            if (!lot_.ready_.empty())
                lot_.kick();
        }

    private:
        lot& lot_;
    };
    bool in_turn() const noexcept { return in_turn_; }

    /// Runs the coroutines that have been woken. An exception that leaves one of them belongs to io_context::run(), so it is
    /// posted to the strand.
    void resume();
    const std::weak_ptr<void>& owner() const noexcept { return teardown_watch::owner(); }

    /// The posted turn.
    virtual void turn();
    /// The io_context is being destroyed. Parked coroutines hold this object, and it holds them through its gates: the object
    /// abandons its gates, and gives up its timers and sockets. No turn is posted from now on.
    virtual void gone() noexcept = 0;

private:
    void context_gone() noexcept final;

    executor strand_;
    ready_list ready_;
    bool in_turn_ = false;
    bool turn_posted_ = false;
};

} // namespace sshoal::parking
