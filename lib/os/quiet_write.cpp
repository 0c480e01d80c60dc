#include "os/quiet_write.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace sshoal::os {

::ssize_t quiet_write(int fd, std::span<const std::byte> bytes) noexcept
{
    ::sigset_t pipe_signal, before, pending;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    const bool was_pending = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    const ::ssize_t n = ::write(fd, bytes.data(), bytes.size());
    const int error = errno;
    if (n < 0 && error == EPIPE && !was_pending) {
        const ::timespec at_once = {};
        while (::sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return n;
}

} // namespace sshoal::os
