// ready_list.hpp - the handlers of operations whose wait is over. The driver runs them after a batch of packets and before it
// sends the output, so that everything the resumed coroutines write leaves in one write.
#pragma once

#include <boost/asio/any_completion_handler.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace sshoal::parking {

namespace asio = boost::asio;

/// The reason why a wait is over. A cancellation counts until the coroutine runs, even if the coroutine had been woken before: it
/// must leave, or give back, what it was woken for.
enum class wake : std::uint8_t { ready, cancelled };

/// any_completion_handler with a move assignment that works: that of Boost 1.81 calls itself for ever.
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
    /// `kick(context)` is called when a handler is put into an empty list; it must arrange that drain() runs soon.
    ready_list(void (*kick)(void*), void* context)
        : kick_(kick)
        , context_(context)
        , anchor_(std::make_shared<ready_list*>(this))
    {
    }
    ready_list(const ready_list&) = delete;
    ~ready_list() { *anchor_ = nullptr; }

    void push(parked_handler h, wake w, std::uint32_t id)
    {
        const bool first = items_.empty();
        items_.emplace_back(std::move(h), w, id);
        if (first)
            kick_(context_);
    }
    bool empty() const noexcept { return items_.empty(); }

    std::uint32_t new_id() noexcept { return ++last_id_; }
    /// Marks the wait as cancelled. Returns false if the wait is not in the list.
    bool cancel(std::uint32_t id) noexcept
    {
        for (auto* list : {&items_, &running_})
            for (item& i : *list)
                if (i.id == id) {
                    i.why = wake::cancelled;
                    return true;
                }
        return false;
    }
    /// Returns a pointer to this list that becomes null when the list is abandoned. Cancellation slots hold it, since they may
    /// outlive the list.
    const std::shared_ptr<ready_list*>& anchor() const noexcept { return anchor_; }

    /// Runs the handlers that are in the list now; handlers that they add are left for the next call.
    /// Returns: the first exception that a handler threw, so that the caller can rethrow it where no state is at risk.
    std::exception_ptr drain()
    {
        std::exception_ptr thrown;
        running_.swap(items_);
        for (std::size_t i = 0; i < running_.size(); ++i)
            try {
                running_[i].handler(running_[i].why);
            } catch (...) {
                if (!thrown)
                    thrown = std::current_exception();
            }
        running_.clear();
        if (running_.capacity() > 64)
            std::vector<item>().swap(running_);
        return thrown;
    }
    /// Destroys the handlers without running them, when the io_context is destroyed. Later cancellations find no handler.
    void abandon() noexcept
    {
        *anchor_ = nullptr;
        while (!items_.empty()) {
            std::vector<item> dying;
            dying.swap(items_);
        }
    }

private:
    struct item {
        item(parked_handler h, wake w, std::uint32_t n) noexcept : handler(std::move(h)), why(w), id(n) {}
        parked_handler handler;
        wake why;
        std::uint32_t id;
    };
    void (*kick_)(void*);
    void* context_;
    std::vector<item> items_, running_;
    std::shared_ptr<ready_list*> anchor_;
    std::uint32_t last_id_ = 0;
};

} // namespace sshoal::parking
