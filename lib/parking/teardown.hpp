// teardown.hpp - tells objects that their io_context is being destroyed. Parked coroutines refer to the connection and the
// connection owns them; the io_context does not know them, so without this notice they would never be destroyed.
#pragma once

#include "sshoal/executor.hpp"

#include <memory>

namespace sshoal::parking {

class teardown_registry;

class teardown_watch {
public:
    teardown_watch() = default;
    teardown_watch(const teardown_watch&) = delete;

    /// Asks for a call of context_gone() when the context of `ex` shuts down, before its queues of handlers are emptied. `owner`
    /// keeps this object alive during the call.
    void watch(const executor& ex, std::weak_ptr<void> owner);

protected:
    virtual ~teardown_watch();
    const std::weak_ptr<void>& owner() const noexcept { return owner_; }
    virtual void context_gone() noexcept = 0;

private:
    friend class teardown_registry;
    teardown_registry* registry_ = nullptr;
    std::weak_ptr<void> owner_;
    teardown_watch* previous_ = nullptr;
    teardown_watch* next_ = nullptr;
};

} // namespace sshoal::parking
