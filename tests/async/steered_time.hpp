// steered_time.hpp - a time that stands still until the test moves it on.
#pragma once

#include "rig.hpp"
#include "sshoal/time_source.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>

namespace rig {

class steered_time final : public time_source {
public:
    using moment = std::chrono::steady_clock::time_point;

    moment now() override { return now_; }
    double chance() override { return luck; }
    awaitable<void> sleep(std::chrono::nanoseconds t) override
    {
        const moment due = now_ + t;
        asked.push_back(t);
        const executor here = co_await asio::this_coro::executor;
        while (now_ < due) {
            asio::steady_timer until_moved(here, moment::max());
            const sleeper me(sleepers_, until_moved);
            error_code ec;
            co_await until_moved.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        }
    }
    void move(std::chrono::nanoseconds t)
    {
        now_ += t;
        for (asio::steady_timer* const s : std::list<asio::steady_timer*>(sleepers_))
            s->cancel();
    }
    std::size_t sleeping() const noexcept { return sleepers_.size(); }

    std::vector<std::chrono::nanoseconds> asked; ///< all that was slept for
    double luck = 0;

private:
    struct sleeper {
        sleeper(std::list<asio::steady_timer*>& all, asio::steady_timer& t) : list(all), at(all.insert(all.end(), &t)) {}
        sleeper(const sleeper&) = delete;
        ~sleeper() { list.erase(at); }
        std::list<asio::steady_timer*>& list;
        std::list<asio::steady_timer*>::iterator at;
    };
    std::list<asio::steady_timer*> sleepers_;
    moment now_{std::chrono::hours(1)};
};

} // namespace rig
