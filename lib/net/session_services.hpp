// session_services.hpp - the border between a server's sessions and the forwardings that they ask for: the client's agent and X11.
// The room server asks, and the room forward serves.
#pragma once

#include "sshoal/server_connection.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal::net {

/// The things that a session gets with a request that is granted.
struct session_grant {
    std::vector<std::pair<std::string, std::string>> env; ///< variables of the session's program
    std::optional<session_x11> x11;
    std::shared_ptr<void> kept;                           ///< destroyed at the end of the session's channel
};

/// Called on the connection's strand.
class session_services {
public:
    virtual ~session_services() = default;
    /// Serves a set-up of the kind `agent` or `x11`, which the permissions and the application allow. Must not wait.
    /// Errors: the failure's context is the reason against the set-up, for the log.
    virtual outcome<session_grant> serve(const session_setup& asked) = 0;
};

/// Names the object that serves the sessions of this connection, and serves the requests that wait. Defined in the room server.
/// Executor: the strand.
void serve_sessions_with(const server_connection& of, std::weak_ptr<session_services> by);

} // namespace sshoal::net
