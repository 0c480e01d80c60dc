#include "prompt.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace programs {

std::optional<std::string> ask_user(const std::string& prompt, bool echo)
{
    constexpr std::size_t longest = 4096;
    const int fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return std::nullopt;
    struct ::termios before = {};
    const bool hide = !echo && ::tcgetattr(fd, &before) == 0;
    if (hide) {
        struct ::termios hidden = before;
        hidden.c_lflag &= ~static_cast<::tcflag_t>(ECHO);
        ::tcsetattr(fd, TCSAFLUSH, &hidden);
    }
    // Last, or what a program answers to the prompt at once would be shown and flushed.
    (void)!::write(fd, prompt.data(), prompt.size());
    std::optional<std::string> line(std::in_place);
    line->reserve(longest); // or a secret would leave parts of itself behind as it grows
    for (;;) {
        char c = 0;
        const ::ssize_t n = ::read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            line.reset();
            break;
        }
        if (c == '\n' || c == '\r')
            break;
        if (line->size() < longest)
            line->push_back(c);
    }
    if (hide) {
        ::tcsetattr(fd, TCSAFLUSH, &before);
        (void)!::write(fd, "\n", 1);
    }
    ::close(fd);
    return line;
}

} // namespace programs
