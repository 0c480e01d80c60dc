#include "background.hpp"

#include "config_file.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace programs {

int into_background()
{
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0)
        throw config_error("cannot make a pipe");
    const ::pid_t child = ::fork();
    if (child < 0)
        throw config_error("cannot fork");
    if (child > 0) {
        ::close(ready[1]);
        char said = 0;
        ::_exit(::read(ready[0], &said, 1) == 1 ? 0 : 255);
    }
    ::close(ready[0]);
    return ready[1];
}

} // namespace programs
