// connection_parts.hpp - what rooms above the connection need of one and programs do not. The functions are defined in the room
// connection.
#pragma once

#include "sshoal/connection.hpp"
#include "sshoal/events.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshoal::net {

/// Gives an event of this connection to its sink. Executor: the strand.
void tell(const connection& about, const event& e);
/// Returns: whether there is a sink.
bool wants_events(const connection& about) noexcept;

/// A place for one object that the forwardings of a connection share, and own. Executor: the strand.
std::weak_ptr<void>& forwarding_place(const connection& of);

/// A request that each session of a client makes before the request for its program: for the agent, or for X11.
struct session_extra {
    std::string type;
    std::vector<std::byte> body;
    std::function<void()> refused; ///< called when the server refuses; without a function no reply is wanted
};
/// Sessions that begin from now on make this request, for as long as the object exists. Executor: the strand.
void add_session_extra(const connection& of, const std::shared_ptr<const session_extra>& extra);

} // namespace sshoal::net
