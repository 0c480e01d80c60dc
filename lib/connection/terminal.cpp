#include "sshoal/terminal.hpp"

#include "connection/terminal_modes_host.hpp"

#include <sys/ioctl.h>
#include <termios.h>

namespace sshoal {

void terminal::take_from(int fd)
{
    struct ::termios settings = {};
    if (::tcgetattr(fd, &settings) != 0)
        return;
    modes = conn::modes_of(settings);
    struct ::winsize window = {};
    // Serial lines do not know their size and report 0.
    if (::ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
        return;
    size.columns = window.ws_col;
    size.rows = window.ws_row;
    size.width_pixels = window.ws_xpixel;
    size.height_pixels = window.ws_ypixel;
}

} // namespace sshoal
