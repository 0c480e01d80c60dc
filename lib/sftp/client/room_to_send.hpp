// room_to_send.hpp - the turns of uploads that have a lot to send. Data that waits long before it is sent leaves the processor's
// caches, and other requests of the session wait behind it. So a piece is read only if little data waits.
#pragma once

#include "sftp/client/client_core.hpp"

#include <utility>

namespace sshoal::sftp {

/// All members are called on the session's strand. The object must not outlive the session.
class room_to_send {
public:
    explicit room_to_send(client_core& core) noexcept : core_(core) {}
    room_to_send(const room_to_send&) = delete;
    ~room_to_send() { release(); }

    /// Waits until there is room. A session that is over has room, and fails when something is sent.
    awaitable<wake> wait()
    {
        if (core_.over() || (core_.has_room() && !core_.room_granted_ && !core_.room_.waiting()))
            co_return wake::ready;
        const wake w = co_await core_.room_.wait();
        granted_ = true;
        co_return w;
    }
    /// Gives the turn to the next waiting coroutine, after sending or before waiting for something else.
    void release()
    {
        if (!std::exchange(granted_, false) || core_.over())
            return;
        core_.room_granted_ = false;
        core_.grant_room();
    }

private:
    client_core& core_;
    bool granted_ = false;
};

} // namespace sshoal::sftp
