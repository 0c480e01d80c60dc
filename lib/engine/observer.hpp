// observer.hpp - the calls that an engine makes to the objects around it. The engine makes these calls from inside its functions;
// an observer may give commands and answers to the engine, but must not destroy it.
#pragma once

#include "engine/settings.hpp"
#include "mux/multiplexer.hpp"

namespace sshoal::engine {

/// Long computations go to on_work() if takes_work() returns true, which must not change; the answer is core::work_done(), inside
/// that call or later.
class observer : public work_port, public event_port {
public:
    virtual ~observer() = default;

    // Trust and log-in.
    virtual void on_host_key(transport::host_key_question) = 0; ///< answer: core::host_key_verdict()
    virtual void on_sign(transport::host_sign_question) = 0;         ///< answer: core::host_signature()
    virtual void on_established() = 0;                          ///< the first key exchange is complete; a client calls log_in()
    virtual void on_client_question(auth::client_question) = 0; ///< answer: core::answer()
    virtual void on_server_attempt(auth_attempt) = 0;          ///< answer: core::decide()
    virtual void on_banner(std::string text) = 0;
    virtual void on_authenticated() = 0;

    // Connection protocol.
    virtual void on_open(const mux::incoming_open&) = 0;
    virtual void on_global_request(const mux::incoming_global_request&) = 0;
    virtual void on_global_reply(std::uint64_t token, bool success, byte_view body) = 0;
    /// Called instead of on_global_reply() or on_pong() if no reply came.
    virtual void on_no_global_reply(std::uint64_t token, mux::no_reply) { on_global_reply(token, false, {}); }
    virtual void on_pong(std::uint64_t token) = 0;
    virtual void on_rekey(bool finished) = 0;
    /// The time of core::set_alarm() has come.
    virtual void on_alarm(time_point) {}

    /// Tells that the connection is over. This is the last call; channels and requests have been told before.
    virtual void on_end(const failure& why) = 0;
};

} // namespace sshoal::engine
