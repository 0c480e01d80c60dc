// descriptor.hpp - a file descriptor that closes itself, and leaves errno alone.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sshoal::os {

class descriptor {
public:
    descriptor() noexcept = default;
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor&& o) noexcept : fd_(o.release()) {}
    descriptor& operator=(descriptor&& o) noexcept
    {
        reset(o.release());
        return *this;
    }
    ~descriptor() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept
    {
        const int old = std::exchange(fd_, fd);
        if (old < 0)
            return;
        const int error = errno;
        ::close(old);
        errno = error;
    }

private:
    int fd_ = -1;
};

} // namespace sshoal::os
