// interrupts.hpp - Ctrl-C: what is under way is cancelled, and the program goes on.
#pragma once

#include <sshoal/executor.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <functional>
#include <memory>

namespace programs {

class interrupts : public std::enable_shared_from_this<interrupts> {
public:
    explicit interrupts(const sshoal::executor& ex)
        : signals_(ex, SIGINT)
    {
    }

    /// Calls on_signal for each SIGINT from now on, until stop().
    void start()
    {
        signals_.async_wait([self = shared_from_this()](const sshoal::error_code& ec, int) {
            if (ec)
                return;
            self->seen_ = true;
            if (self->on_signal)
                self->on_signal();
            if (self->under_way_ != nullptr)
                self->under_way_->emit(sshoal::asio::cancellation_type::terminal);
            self->start();
        });
    }
    void stop()
    {
        on_signal = nullptr;
        signals_.cancel();
    }
    /// Returns: whether an interrupt has come since the last call.
    bool take_seen() noexcept { return std::exchange(seen_, false); }

    /// Awaits an operation that a signal cancels.
    template <class T>
    sshoal::awaitable<T> cancellable(sshoal::awaitable<T> operation)
    {
        const auto self = shared_from_this();
        const sshoal::executor ex = co_await sshoal::asio::this_coro::executor;
        sshoal::asio::cancellation_signal cancel;
        const marked while_it_runs(*this, cancel);
        auto token = sshoal::asio::bind_cancellation_slot(cancel.slot(), sshoal::asio::use_awaitable_t<sshoal::executor>());
        auto running = sshoal::asio::co_spawn(ex, std::move(operation), std::move(token));
        T r = co_await std::move(running);
        co_return r;
    }

    std::function<void()> on_signal;

private:
    struct marked {
        marked(interrupts& i, sshoal::asio::cancellation_signal& c)
            : all(i)
        {
            all.under_way_ = &c;
        }
        marked(const marked&) = delete;
        ~marked() { all.under_way_ = nullptr; }
        interrupts& all;
    };

    sshoal::asio::basic_signal_set<sshoal::executor> signals_;
    sshoal::asio::cancellation_signal* under_way_ = nullptr;
    bool seen_ = false;
};

} // namespace programs
