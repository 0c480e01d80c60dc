// doors.hpp - the sockets that take connections for one forwarding.
#pragma once

#include "sshoal/acceptor.hpp"
#include "sshoal/forward.hpp"

#include <vector>

namespace sshoal::forward {

/// Listens. "localhost" stands for 127.0.0.1 and ::1, "" and "*" for all addresses; the machine may lack one of the families. All
/// sockets have the same port.
/// Returns: at least one. Errors (thrown): those of stream_acceptor.
std::vector<stream_acceptor> open_doors(const executor& ex, const endpoint& at, const options& how);

} // namespace sshoal::forward
