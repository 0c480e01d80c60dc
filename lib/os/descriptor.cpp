#include "os/descriptor.hpp"

#include <cerrno>

namespace sshoal {

void owned_descriptor::reset(int fd) noexcept
{
    const int old = std::exchange(fd_, fd);
    if (old < 0)
        return;
    const int error = errno;
    ::close(old);
    errno = error;
}

} // namespace sshoal
