// teardown.hpp - who must be told that an io_context is being destroyed. Parked coroutines refer to the connection, and the
// connection holds them; nothing in the io_context knows of them, so without this they would never be destroyed.
#pragma once

#include "sshoal/executor.hpp"

#include <memory>

namespace sshoal::parking {

class teardown_registry;

class teardown_watch {
public:
    teardown_watch() = default;
    teardown_watch(const teardown_watch&) = delete;

    /// From now on context_gone() will be called when the context of `ex` shuts down, before any of its queues of handlers is
    /// emptied. `owner` keeps this object alive for the call.
    void watch(const executor& ex, std::weak_ptr<void> owner);

protected:
    virtual ~teardown_watch();
    virtual void context_gone() noexcept = 0;

private:
    friend class teardown_registry;
    teardown_registry* registry_ = nullptr;
    std::weak_ptr<void> owner_;
    teardown_watch* previous_ = nullptr;
    teardown_watch* next_ = nullptr;
};

} // namespace sshoal::parking
