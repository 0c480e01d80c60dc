// server_flow.hpp - the server's side of log-in (RFC 4252, RFC 4256). It verifies signatures, asks the application for every
// decision, counts tries, and gives the same answer in the same time to known and unknown users.
#pragma once

#include "auth/port.hpp"
#include "sshoal/key.hpp"

#include <optional>
#include <variant>
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

// The questions for the application. Text is as the peer sent it, not made printable.
struct none_attempt {};
struct key_query { public_key key; std::string algorithm; };      ///< asks whether the key would be accepted; grants nothing
struct key_attempt { public_key key; std::string algorithm; };    ///< the signature has been verified
struct password_attempt { secret_text password; std::optional<secret_text> new_password; };
struct interactive_attempt { std::string submethods; };           ///< begins a dialogue
struct interactive_answers { std::vector<secret_text> answers; }; ///< continues it
using attempt_kind =
    std::variant<none_attempt, key_query, key_attempt, password_attempt, interactive_attempt, interactive_answers>;

struct attempt {
    std::string user;
    attempt_kind kind;
    std::vector<std::string> succeeded; ///< methods that this user has passed already, in order
};

struct decision {
    enum class kind {
        reject,
        accept,          ///< log in (key_query: the key is acceptable)
        partial,         ///< passed, but more is needed: `methods` can continue
        change_password, ///< the password has expired; `text` is shown
        ask,             ///< interactive: ask these prompts
    } what = kind::reject;
    std::vector<std::string> methods; ///< partial: the methods still needed; reject: replaces the offer if not empty
    std::string text;                 ///< change_password: prompt; ask: instruction
    std::string name;                 ///< ask
    std::vector<prompt> prompts;      ///< ask
};

class server_port : public port {
public:
    virtual void ask(attempt) = 0;
    virtual byte_view session_id() const = 0;

    std::optional<decision> answer; ///< filled in before a wake of kind answer
};

struct server_success {
    std::string user;
    std::vector<std::string> methods;    ///< in order of success
    std::optional<public_key> key;       ///< the key of the last accepted publickey request
};

/// Runs from the service request until the user is logged in and USERAUTH_SUCCESS has been sent.
/// Errors: authentication_failed (too many tries; the reason for DISCONNECT is no_more_auth_methods_available), protocol errors,
/// disconnect_reason::service_not_available (the reason for DISCONNECT) if the client requests a service other than ssh-userauth
/// or ssh-connection. The context may be sent to the client as the description.
flow<outcome<server_success>> serve_log_in(const server_settings&, server_port&);

} // namespace sshoal::auth
