// reach.hpp - how a forwarding makes the far half of a stream.
#pragma once

#include "forward/protocol/places.hpp"
#include "net/dialling.hpp"
#include "sshoal/connection.hpp"
#include "sshoal/forward.hpp"

#include <functional>

namespace sshoal::forward {

using net::stream_outcome;

/// Connects to a target for a stream that comes from `originator`.
/// Cancellation: terminal, partial, total - nothing is left behind. Executor: the connection's strand.
using reach_function = std::function<awaitable<stream_outcome>(endpoint target, endpoint originator)>;

/// Opens a channel with this name.
awaitable<stream_outcome> reach_by_channel(connection through, outcome<opening> what, std::string name);
/// Connects a socket of this machine.
awaitable<stream_outcome> reach_by_socket(endpoint target, dial_options how);
/// Connects sockets of this machine; to permitted targets only, if SOCKS clients name them.
reach_function reach_from_here(const options& how, bool socks);

/// Returns: the name of a stream's channel in events; empty if nobody wants events.
std::string stream_name(const connection& through, const endpoint& originator, const endpoint& target);

/// Returns: the reason with which a channel open is refused because of this failure, and the text beside it.
open_failure reason_of(const failure& why) noexcept;
std::string refusal_text(const failure& why);

} // namespace sshoal::forward
