// wake_pipe.hpp - waiting for a descriptor until another thread says that it is enough.
#pragma once

#include <sshoal/owned_descriptor.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace programs {

class wake_pipe {
public:
    wake_pipe()
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            return;
        read_end_.reset(ends[0]);
        write_end_.reset(ends[1]);
    }
    wake_pipe(const wake_pipe&) = delete;
    void wake() noexcept { (void)!::write(write_end_.get(), "", 1); }
    void forget() noexcept
    {
        char drained[64];
        while (::read(read_end_.get(), drained, sizeof drained) > 0) { }
    }
    /// Returns: whether the descriptor can be read; false after wake().
    bool wait(int fd) noexcept
    {
        struct ::pollfd both[] = {{fd, POLLIN, 0}, {read_end_.get(), POLLIN, 0}};
        while (::poll(both, 2, -1) < 0)
            if (errno != EINTR && errno != EAGAIN)
                return true;
        return both[1].revents == 0;
    }

private:
    sshoal::owned_descriptor read_end_, write_end_;
};

} // namespace programs
