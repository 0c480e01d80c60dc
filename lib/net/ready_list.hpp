// ready_list.hpp - handlers of waiting operations whose time has come. The driver runs them after it has worked through a batch of
// packets and before it looks at the output, so what the woken coroutines write leaves in one write.
#pragma once

#include <boost/asio/any_completion_handler.hpp>

#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace sshoal::net {

namespace asio = boost::asio;

/// Why a wait is over.
enum class wake : std::uint8_t { ready, cancelled };

/// any_completion_handler of Boost 1.81 with a move assignment that works (the original calls itself for ever).
class parked_handler {
public:
    using handler = asio::any_completion_handler<void(wake)>;

    parked_handler() = default;
    explicit parked_handler(handler h) : handler_(std::move(h)) {}
    parked_handler(parked_handler&& o) noexcept : handler_(std::move(o.handler_)) {}
    parked_handler& operator=(parked_handler&& o) noexcept
    {
        handler taken(std::move(o.handler_));
        handler_.swap(taken);
        return *this;
    }
    void operator()(wake w)
    {
        handler h(std::move(handler_));
        std::move(h)(w);
    }

private:
    handler handler_;
};

class ready_list {
public:
    /// `kick(context)` is called when something is put into an empty list; it sees to it that drain() runs soon.
    ready_list(void (*kick)(void*), void* context) noexcept : kick_(kick), context_(context) {}

    void push(parked_handler h, wake w)
    {
        const bool first = items_.empty();
        items_.emplace_back(std::move(h), w);
        if (first)
            kick_(context_);
    }
    bool empty() const noexcept { return items_.empty(); }
    /// Runs what is due now; what they make due is left for the next call.
    /// Returns: the first exception that came out of one, for a place where it does no harm.
    std::exception_ptr drain()
    {
        std::exception_ptr thrown;
        running_.swap(items_);
        for (auto& [handler, why] : running_)
            try {
                handler(why);
            } catch (...) {
                if (!thrown)
                    thrown = std::current_exception();
            }
        running_.clear();
        if (running_.capacity() > 64)
            std::vector<item>().swap(running_);
        return thrown;
    }
    /// Destroys the handlers without running them: the end of the io_context.
    void abandon() noexcept
    {
        while (!items_.empty()) {
            std::vector<item> dying;
            dying.swap(items_);
        }
    }

private:
    using item = std::pair<parked_handler, wake>;
    void (*kick_)(void*);
    void* context_;
    std::vector<item> items_, running_;
};

} // namespace sshoal::net
