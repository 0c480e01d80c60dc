// server_flow.hpp - the server's side of log-in (RFC 4252, RFC 4256). It verifies signatures, asks the application for every
// decision, counts tries, and gives the same answer in the same time to known and unknown users.
#pragma once

#include "auth/port.hpp"
#include "sshoal/auth_decision.hpp"

#include <optional>
#include <vector>

namespace sshoal::auth {

struct server_settings {
    std::vector<std::string> methods = {"publickey", "password", "keyboard-interactive"}; ///< offered in FAILURE; never "none"
    std::vector<std::string> signature_algorithms; ///< accepted for publickey
    unsigned required_rsa_bits = 2048; ///< shorter RSA keys are refused
    unsigned max_tries = 6;            ///< failures that end the connection (MaxAuthTries)
    unsigned max_requests = 128;       ///< most requests of any kind, key queries included
    duration failure_delay = std::chrono::milliseconds(0); ///< least time between a request and its FAILURE; all methods alike
    std::string banner;                ///< sent before the first answer, if not empty
    std::size_t max_user = 256;        ///< longest user name, bytes
    std::size_t max_password = 1024;   ///< longer passwords and answers are refused unchecked
};

class server_port : public port {
public:
    /// Asks for a decision. `answer` has it when the flow is woken.
    virtual void ask(auth_attempt) = 0;
    virtual byte_view session_id() const = 0;

    std::unique_ptr<auth_decision> answer; ///< filled in before a wake of kind answer
};

struct server_success {
    std::string user;
    std::vector<std::string> methods; ///< in order of success
    presented_key key;                ///< the key of the last accepted publickey request; none if there was none
    /// The permissions of each step; a step that allows everything is left out.
    std::vector<std::shared_ptr<const permissions>> allowed;
    std::any data; ///< the application's, of the last step that had any
};

/// Runs from the service request until the user is logged in and USERAUTH_SUCCESS has been sent.
/// Errors: authentication_failed (too many tries; the reason for DISCONNECT is no_more_auth_methods_available), protocol errors,
/// disconnect_reason::service_not_available (the reason for DISCONNECT) if the client requests a service other than ssh-userauth
/// or ssh-connection. The context may be sent to the client as the description.
flow<outcome<server_success>> serve_log_in(const server_settings&, server_port&);

} // namespace sshoal::auth
