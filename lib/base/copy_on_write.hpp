// copy_on_write.hpp - options are cheap to copy: copies share one object until one of them is changed.
#pragma once

#include <atomic>
#include <memory>

namespace sshoal {

/// Returns: the object for changing, which no other copy shares from now on. A pointer that was moved from gets a new object.
template <class T>
T& own_copy(std::shared_ptr<T>& shared)
{
    if (!shared)
        shared = std::make_shared<T>();
    else if (shared.use_count() > 1)
        shared = std::make_shared<T>(*shared);
    // The last other owner has read the object before this thread writes to it.
    std::atomic_thread_fence(std::memory_order_acquire);
    return *shared;
}

} // namespace sshoal
