// client_flow.hpp - logs a client in (RFC 4252, RFC 4256): tries methods and credentials until the server accepts or nothing is
// left to offer.
#pragma once

#include "auth/port.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace sshoal::auth {

/// One public key that can be offered. The answer to sign_question uses the private half, which is held elsewhere.
struct identity {
    presented_key key;                   ///< none: open_question tells it
    std::vector<std::string> algorithms; ///< public key algorithms that the key has and the user allows, best first
};

/// The result of one attempt with a method.
enum class step {
    proceed, ///< the reply belongs to the method, which continues
    success, ///< logged in
    partial, ///< the method succeeded, but the server demands another one too
    failed,  ///< refused; the list of methods is up to date
    gave_up, ///< the method has nothing (more) to offer; no request is waiting for a reply
};

/// The methods tried so far, for the error of a log-in that the server ends by a DISCONNECT.
struct client_progress {
    std::string tried;                      ///< "publickey (3 keys), password"; empty: nothing was tried yet
    std::vector<std::string> methods;       ///< the same methods, one by one
    unsigned keys_offered = 0;
    bool list_known = false;
    std::vector<std::string> server_takes;  ///< the methods in the server's last answer
};

struct client_settings {
    std::string user;
    std::vector<std::string> methods;    ///< in order of preference: "publickey", "keyboard-interactive", "password"
    std::vector<identity> identities;
    bool probe_none = false;             ///< ask with method none first, even if another method can begin
    bool sign_at_once = false;           ///< skip the query whether a key is accepted, if it has one algorithm
    unsigned password_prompts = 3;       ///< most passwords that are tried, and most dialogues
    bool refuse_no_proof = false;        ///< success without any proof from us is an error (T42)
    bool has_password = false;           ///< password_question can be answered
    bool has_interactive = false;        ///< prompts_question can be answered
    bool by_steps = false;               ///< step_question is asked before each attempt; may change while it is asked
    std::shared_ptr<client_progress> progress; ///< kept up to date; may be null
    std::function<void(std::string)> log; ///< called when a key is offered or accepted, for the log; may be empty
    std::string missing;                 ///< error text if nothing can be tried: "no identity file, no password()"
};

// Questions. Each is asked at most once at a time.
/// Asks for the key of an identity without one, when the identity's turn comes.
struct open_question {
    std::size_t identity;
};
struct sign_question {
    std::size_t identity; ///< index into client_settings::identities
    std::string algorithm; ///< of the signature (RFC 4253 §6.6)
    bytes data;
};
struct password_question {
    unsigned attempt = 0;        ///< 0 for the first
    bool change = false;         ///< the server demands a new password; `prompt` has the reason
    std::string prompt;          ///< printable but for newlines and tabs
};
struct prompts_question {
    std::string name, instruction; ///< printable
    std::vector<prompt> prompts;   ///< may be empty: the user types nothing, but sees the text
    unsigned attempt = 0;          ///< index of the dialogue, 0 for the first
};
/// With client_settings::by_steps: asks which method to try next.
struct step_question {
    std::optional<step> last;         ///< the result of the last attempt; none before the first one
    bool list_known = false;
    std::vector<std::string> methods; ///< those that the server takes, if the list is known
    std::string note;                 ///< the reason why the last attempt was given up
};
using client_question = std::variant<sign_question, password_question, prompts_question, open_question, step_question>;

// Answers; an empty optional gives up the attempt.
struct password_answer {
    std::optional<secret_text> password; ///< on change: the old password; left out or empty: the password just sent
    secret_text new_password;            ///< on change; leaving out both passwords gives up
};
/// The method to try, once. An empty name: the flow chooses from now on, as without client_settings::by_steps.
struct step_choice {
    std::string method;
};
using client_answer
    = std::variant<outcome<bytes>, password_answer, std::optional<std::vector<secret_text>>, outcome<identity>, step_choice>;

class client_port : public port {
public:
    virtual void ask(client_question) = 0;
    virtual void on_banner(std::string text) = 0; ///< printable but for newlines and tabs
    /// Returns the algorithms of the server's EXT_INFO, or an empty list if it sent none.
    virtual const std::vector<std::string>& server_sig_algs() const = 0;
    virtual bool has_server_sig_algs() const = 0;
    virtual byte_view session_id() const = 0;

    std::unique_ptr<client_answer> answer; ///< filled in before a wake of kind answer
};

struct client_success {
    std::string user;
    std::string method;                ///< the method that completed the log-in
    std::vector<std::string> methods;  ///< all methods that succeeded, in order
    presented_key key;                 ///< the key that was proved last; none if there was none
    bool proof_given = false;          ///< false if the server accepted the user without any proof (T42)
};

/// Runs from the service request to SUCCESS.
/// Errors: authentication_failed (the context lists the methods that were tried and those that the server would still accept),
/// protocol errors.
flow<outcome<client_success>> log_in(const client_settings&, client_port&);

} // namespace sshoal::auth
