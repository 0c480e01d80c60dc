// x11_doors.hpp - the sockets of a display that a server makes for a session.
#pragma once

#include "sshoal/acceptor.hpp"
#include "sshoal/forward_server.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sshoal::forward {

struct x11_doors {
    std::vector<stream_acceptor> sockets; ///< at least one
    std::uint32_t display = 0;
    std::string host; ///< for DISPLAY
};

/// Takes the first display whose port is free in both address families, so that no other user of the machine can take the
/// connections of one of them. Errors: those of the sockets.
outcome<x11_doors> open_x11_doors(const executor& ex, const x11_displays& how);

} // namespace sshoal::forward
