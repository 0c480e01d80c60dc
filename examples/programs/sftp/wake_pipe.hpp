// wake_pipe.hpp - waiting for a descriptor until another thread says that it is enough.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace programs {

class wake_pipe {
public:
    wake_pipe()
    {
        if (::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0)
            ends_[0] = ends_[1] = -1;
    }
    wake_pipe(const wake_pipe&) = delete;
    ~wake_pipe()
    {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    void wake() noexcept { (void)!::write(ends_[1], "", 1); }
    void forget() noexcept
    {
        char drained[64];
        while (::read(ends_[0], drained, sizeof drained) > 0) { }
    }
    /// Returns: whether the descriptor can be read; false after wake().
    bool wait(int fd) noexcept
    {
        struct ::pollfd both[] = {{fd, POLLIN, 0}, {ends_[0], POLLIN, 0}};
        while (::poll(both, 2, -1) < 0)
            if (errno != EINTR && errno != EAGAIN)
                return true;
        return both[1].revents == 0;
    }

private:
    int ends_[2];
};

} // namespace programs
