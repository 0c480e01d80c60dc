// room_to_send.hpp - the turns of those that have a lot to send. Data that waits to leave is out of the processor's caches by the
// time it does, and whatever else the session asks for waits behind it; so beyond a little it is not even read before.
#pragma once

#include "sftp/client/client_core.hpp"

#include <utility>

namespace sshoal::sftp {

/// On the session's strand, which it may not outlive.
class room_to_send {
public:
    explicit room_to_send(client_core& core) noexcept : core_(core) {}
    room_to_send(const room_to_send&) = delete;
    ~room_to_send() { release(); }

    /// Waits for it. A session that is over has room: sending says why it is over.
    awaitable<wake> wait()
    {
        if (core_.over() || (core_.has_room() && !core_.room_granted_ && !core_.room_.waiting()))
            co_return wake::ready;
        const wake w = co_await core_.room_.wait();
        granted_ = true;
        co_return w;
    }
    /// It has sent, or has to wait for something else first: the next one's turn.
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
