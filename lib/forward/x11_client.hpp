// x11_client.hpp - the display that a client lends: its cookie, and the way to its X server.
#pragma once

#include "forward/protocol/x11.hpp"
#include "forward/reach.hpp"
#include "sshoal/forward_session.hpp"

#include <chrono>

namespace sshoal::forward {

struct x11_lending {
    x11_display_name display;
    x11_cookie real, made_up;                                     ///< the cookie of the X server, and that of sessions
    std::optional<std::chrono::steady_clock::time_point> refused_from; ///< no connection is taken from then on
};

/// Finds the display's cookie, or has xauth make one for programs that are not trusted. Errors: those of x11().
awaitable<outcome<x11_lending>> find_x11_lending(x11_options how);

/// Connects to the X server, and puts the real cookie in the place of the one that was made up.
reach_function reach_display(x11_lending what, dial_options how);

} // namespace sshoal::forward
