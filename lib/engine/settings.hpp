// settings.hpp - everything an engine is told once, for either role.
#pragma once

#include "auth/client_flow.hpp"
#include "auth/server_flow.hpp"
#include "mux/settings.hpp"
#include "transport/transport.hpp"

namespace sshoal::engine {

struct settings {
    transport::settings transport;
    mux::settings connection;
    auth::server_settings server_auth;                   ///< server; the client's log-in comes with log_in()
    duration login_timeout = std::chrono::seconds(120);  ///< from start() to the end of log-in; 0: none
    duration keepalive_interval = duration::zero(); ///< silence of the peer after which it is asked for a sign of life; 0: never
    unsigned keepalive_count = 3;                        ///< unanswered ones before the connection is given up
    duration stall_timeout = std::chrono::seconds(60);   ///< how long the peer may leave a full output unread; 0: for ever
    std::size_t output_high = 256 * 1024;                ///< data packets are held back while this much waits for the stream
    std::size_t output_low = 64 * 1024;                  ///< and let through again below this
    std::size_t output_limit = 1024 * 1024;              ///< no more input is read while this much waits
    std::size_t max_held = 16;                           ///< log-in messages that may arrive while a decision is under way
};

} // namespace sshoal::engine
