// session_service.hpp - serves what a client's sessions ask for beside their programs: the agent and X11.
#pragma once

#include "forward/run.hpp"
#include "net/session_services.hpp"
#include "sshoal/forward_server.hpp"

namespace sshoal::forward {

/// All members are called on the connection's strand.
class session_service final : public net::session_services {
public:
    session_service(server_connection c, const serve_options& how, const std::shared_ptr<run>& root)
        : client_(std::move(c)), how_(how), root_(root)
    {
    }
    /// Serves the sessions of the connection from now on.
    static void begin(const std::shared_ptr<session_service>& self);

    outcome<net::session_grant> serve(const session_setup& asked) override;

private:
    outcome<net::session_grant> serve_agent();
    outcome<net::session_grant> serve_x11(const session_setup& asked);
    outcome<std::string> open_agent(const std::shared_ptr<run>& root);

    const server_connection client_;
    const serve_options& how_; ///< those of the service, which owns this object
    std::weak_ptr<run> root_;
    std::weak_ptr<run> agent_;
};

} // namespace sshoal::forward
