#include "background.hpp"

#include "config_error.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace programs {

sshoal::owned_descriptor into_background()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw config_error("cannot make a pipe");
    sshoal::owned_descriptor ready(ends[0]), tell(ends[1]);
    const ::pid_t child = ::fork();
    if (child < 0)
        throw config_error("cannot fork");
    if (child > 0) {
        tell.reset();
        char said = 0;
        ::_exit(::read(ready.get(), &said, 1) == 1 ? 0 : 255);
    }
    return tell;
}

} // namespace programs
