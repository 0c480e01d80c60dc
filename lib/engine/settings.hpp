// settings.hpp - the settings of an engine in either role.
#pragma once

#include "auth/client_flow.hpp"
#include "auth/server_flow.hpp"
#include "mux/settings.hpp"
#include "transport/transport.hpp"

namespace sshoal::engine {

struct settings {
    std::string name; ///< begins the text of the failure that ends a connection after log-in: "alice@example.org:22"; empty: none
    transport::settings transport;
    mux::settings connection;
    auth::server_settings server_auth;                   ///< server only; log_in() has the settings of a client
    duration login_timeout = std::chrono::seconds(120);  ///< from start() to the end of log-in; 0: none
    duration keepalive_interval = duration::zero(); ///< after this silence the peer is asked for an answer; 0: never
    unsigned keepalive_count = 3;                        ///< this many unanswered keepalives end the connection
    duration unused_timeout = duration::zero();          ///< ends a connection that has had no channel for so long; 0: never
    duration stall_timeout = std::chrono::seconds(60);   ///< the peer may leave a full output unread for so long; 0: for ever
    duration channel_timeout = duration::zero();         ///< for the room connection: a channel's first set_timeout(); 0: none
    traffic_classes traffic;                             ///< for the room net: marks of the stream's packets
    std::size_t output_high = 256 * 1024;                ///< data packets are held back while this many bytes wait for the stream
    std::size_t output_low = 64 * 1024;                  ///< data packets are sent again below this many bytes
    std::size_t output_limit = 1024 * 1024;              ///< no input is read while this many bytes wait
    std::size_t max_held = 16;                           ///< log-in messages that may wait for a pending decision
};

} // namespace sshoal::engine
