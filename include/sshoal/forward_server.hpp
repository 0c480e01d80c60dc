// forward_server.hpp - port forwarding as a server grants it (RFC 4254 §7; OpenSSH's PROTOCOL §2.4 for Unix sockets).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/forward.hpp>
#include <sshoal/server_connection.hpp>

namespace sshoal SSHOAL_API {
namespace forward {

/// Options of serve(). Setters return the object, so they can be chained.
class serve_options {
public:
    serve_options() {}
    /// Limits the streams of one connection that are open at the same time; a further one is refused (resource shortage).
    /// Default 1024; 0: no limit.
    serve_options& max_streams(std::size_t n) { most_ = n; return *this; }
    /// How targets are reached.
    serve_options& dial(dial_options d) { dial_ = std::move(d); return *this; }

    std::size_t max_streams() const noexcept { return most_; }
    const dial_options& dial() const noexcept { return dial_; }

private:
    std::size_t most_ = 1024;
    dial_options dial_;
};

/// Declares what serve() takes up, so that a client may forward as soon as it is logged in.
server_options& declare(server_options& o);

/// Serves the forwarding of a client until its connection ends: connects to the targets that the client asks for. What the
/// permissions of the log-in forbid is refused already. Returns: a handle; dropping it ends all forwarding of the connection. Does
/// not wait.
/// Errors (thrown): errc::operation_in_progress if the connection has acceptors for these channels; errc::closed for an empty
/// handle. Executor: the connection's strand.
forwarding serve(server_connection for_client, serve_options how = {});

} // namespace forward
} // namespace sshoal
