#include "parking/teardown.hpp"

#include <boost/asio/execution_context.hpp>

#include <mutex>

namespace sshoal::parking {

/// Services are shut down in reverse order of creation. The first connection creates this service, when strands and scheduler
/// exist already. So a destructor that runs here may still post to a strand; the strand destroys the posted handler.
class teardown_registry final : public asio::execution_context::service {
public:
    using key_type = teardown_registry;
    static inline asio::execution_context::id id;

    explicit teardown_registry(asio::execution_context& ctx) : service(ctx) {}

    void add(teardown_watch& w)
    {
        const std::lock_guard lock(mutex_);
        w.registry_ = this;
        w.next_ = first_;
        if (first_)
            first_->previous_ = &w;
        first_ = &w;
    }
    void remove(teardown_watch& w) noexcept
    {
        const std::lock_guard lock(mutex_);
        unlink(w);
    }

private:
    void unlink(teardown_watch& w) noexcept
    {
        if (w.next_)
            w.next_->previous_ = w.previous_;
        if (w.previous_)
            w.previous_->next_ = w.next_;
        else if (first_ == &w)
            first_ = w.next_;
        w.previous_ = w.next_ = nullptr;
        w.registry_ = nullptr;
    }
    void shutdown() override
    {
        for (;;) {
            teardown_watch* w = nullptr;
            std::shared_ptr<void> owner;
            {
                const std::lock_guard lock(mutex_);
                w = first_;
                if (!w)
                    return;
                owner = w->owner_.lock();
                unlink(*w);
            }
            if (owner)
                w->context_gone();
        }
    }

    std::mutex mutex_;
    teardown_watch* first_ = nullptr;
};

void teardown_watch::watch(const executor& ex, std::weak_ptr<void> owner)
{
    owner_ = std::move(owner);
    asio::use_service<teardown_registry>(asio::query(ex, asio::execution::context)).add(*this);
}

teardown_watch::~teardown_watch()
{
    if (registry_)
        registry_->remove(*this);
}

} // namespace sshoal::parking
