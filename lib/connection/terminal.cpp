#include "sshoal/terminal.hpp"

#include "connection/terminal_modes_host.hpp"

#include <algorithm>

#include <sys/ioctl.h>
#include <termios.h>

namespace sshoal {

terminal& terminal::mode(tty_mode m, std::uint32_t value)
{
    std::erase_if(modes, [=](const auto& known) { return known.first == std::uint8_t(m); });
    modes.emplace_back(std::uint8_t(m), value);
    return *this;
}

std::optional<std::uint32_t> terminal::mode(tty_mode m) const noexcept
{
    const auto is_it = [=](const auto& known) { return known.first == std::uint8_t(m); };
    const auto last = std::find_if(modes.rbegin(), modes.rend(), is_it);
    return last != modes.rend() ? std::optional(last->second) : std::nullopt;
}

terminal& terminal::without_echo()
{
    for (const tty_mode m : {tty_mode::echo, tty_mode::echoe, tty_mode::echok, tty_mode::echonl})
        mode(m, 0);
    return *this;
}

terminal& terminal::raw()
{
    for (const tty_mode m :
         {tty_mode::parmrk, tty_mode::istrip, tty_mode::inlcr, tty_mode::igncr, tty_mode::icrnl, tty_mode::ixon, tty_mode::opost,
          tty_mode::echo, tty_mode::echonl, tty_mode::icanon, tty_mode::isig, tty_mode::iexten, tty_mode::parenb})
        mode(m, 0);
    return mode(tty_mode::cs7, 0).mode(tty_mode::cs8, 1);
}

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
