// ready_list.hpp - handlers of waiting operations whose time has come. The driver runs them after it has worked through a batch
// of packets and before it looks at the output, so what the woken coroutines write leaves in one write.
#pragma once

#include <boost/asio/any_completion_handler.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace sshoal::parking {

namespace asio = boost::asio;

/// Why a wait is over. A cancellation counts until the coroutine really runs, even where it had been woken before: what it was
/// woken for must stay where it is, or be given back.
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
    /// The handler of this wait is told that it was cancelled. False: it is not in the list.
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
    /// Refers to this list, or to nothing once it is abandoned: for cancellation slots, which may outlive it.
    const std::shared_ptr<ready_list*>& anchor() const noexcept { return anchor_; }

    /// Runs what is due now; what they make due is left for the next call.
    /// Returns: the first exception that came out of one, for a place where it does no harm.
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
    /// Destroys the handlers without running them: the end of the io_context. Cancellations find nothing from now on.
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
