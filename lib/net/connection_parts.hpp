// connection_parts.hpp - what rooms above the connection need of one and programs do not. The functions are defined in the room
// connection.
#pragma once

#include "sshoal/connection.hpp"
#include "sshoal/events.hpp"

#include <memory>

namespace sshoal::net {

/// Gives an event of this connection to its sink. Executor: the strand.
void tell(const connection& about, const event& e);
/// Returns: whether there is a sink.
bool wants_events(const connection& about) noexcept;

/// A place for one object that the forwardings of a connection share, and own. Executor: the strand.
std::weak_ptr<void>& forwarding_place(const connection& of);

} // namespace sshoal::net
