// server_flow.hpp - the server's side of log-in (RFC 4252, RFC 4256): checks what can be checked by arithmetic, asks for
// everything that is a decision, counts tries, and gives the same answer in the same time to known and unknown users.
#pragma once

#include "auth/port.hpp"
#include "sshoal/key.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace sshoal::auth {

struct server_settings {
    std::vector<std::string> methods = {"publickey", "password", "keyboard-interactive"}; ///< what FAILURE offers; never "none"
    std::vector<std::string> signature_algorithms; ///< accepted for publickey
    unsigned required_rsa_bits = 2048; ///< shorter RSA keys are refused
    unsigned max_tries = 6;            ///< failures before the connection is dropped (MaxAuthTries)
    unsigned max_requests = 128;       ///< requests of any kind, key queries included
    duration failure_delay = std::chrono::milliseconds(0); ///< least time between a request and its FAILURE; all methods alike
    std::string banner;                ///< sent before the first answer, if not empty
    std::size_t max_user = 256;        ///< longest user name, bytes
    std::size_t max_password = 1024;   ///< longer passwords and answers are refused without being looked at
};

// What is to be decided. Text is as the peer sent it, not made printable.
struct none_attempt {};
struct key_query { public_key key; std::string algorithm; };      ///< would this key do? Grants nothing.
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
        accept,          ///< log in (key_query: the key would do)
        partial,         ///< passed, but more is needed: `methods` can continue
        change_password, ///< the password has expired; `text` is shown
        ask,             ///< interactive: put these prompts
    } what = kind::reject;
    std::vector<std::string> methods; ///< partial: what is still needed; reject: replaces the offer if not empty
    std::string text;                 ///< change_password: prompt; ask: instruction
    std::string name;                 ///< ask
    std::vector<prompt> prompts;      ///< ask
};

class server_port : public port {
public:
    virtual void ask(attempt) = 0;
    virtual byte_view session_id() const = 0;
    /// A request failed, for logs and penalties.
    virtual void on_rejected(std::string_view user, std::string_view method) = 0;

    std::optional<decision> answer; ///< filled in before a wake of kind answer
};

struct server_success {
    std::string user;
    std::vector<std::string> methods;    ///< in order of success
    std::optional<public_key> key;       ///< of the last accepted publickey
};

/// Runs from the service request until the user is logged in; has sent USERAUTH_SUCCESS when it returns.
/// Errors: authentication_failed (too many tries; the reason for DISCONNECT is no_more_auth_methods_available), protocol errors,
/// disconnect_reason::service_not_available (the reason to give) where another service than ssh-userauth or ssh-connection
/// is asked for. The context is fit to be sent as the description.
flow<outcome<server_success>> serve_log_in(const server_settings&, server_port&);

} // namespace sshoal::auth
