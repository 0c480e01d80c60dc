// client_flow.hpp - logs a client in (RFC 4252, RFC 4256): which methods to try with what, until the server is content or nothing
// is left to offer.
#pragma once

#include "auth/port.hpp"
#include "sshoal/key.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace sshoal::auth {

/// One public key that can be offered. Who holds the private half is the business of whoever answers sign_question.
struct identity {
    public_key key;
    bytes blob; ///< what goes on the wire: the key's blob, or later a certificate. Empty: open_question tells it
    std::vector<std::string> algorithms; ///< signature algorithms it can use and the user allows, best first
};

/// The methods tried so far, for the error of a log-in that the server ends by a DISCONNECT.
struct client_progress {
    std::string tried;                      ///< "publickey (3 keys), password"; empty: nothing yet
    unsigned keys_offered = 0;
    bool list_known = false;
    std::vector<std::string> server_takes;  ///< the list of the server's last answer
};

struct client_settings {
    std::string user;
    std::vector<std::string> methods;    ///< in order of preference: "publickey", "keyboard-interactive", "password"
    std::vector<identity> identities;
    bool probe_none = false;             ///< ask with method none first; otherwise only where there is nothing else to begin with
    bool sign_at_once = false;           ///< skip the query whether a key would do, where the algorithm leaves no choice
    unsigned password_prompts = 3;       ///< how many passwords may be tried, and how many dialogues
    bool refuse_no_proof = false;        ///< success without any proof from us is an error (T42)
    bool has_password = false;           ///< somebody answers password_question
    bool has_interactive = false;        ///< somebody answers prompts_question
    std::shared_ptr<client_progress> progress; ///< kept up to date where there is one
    std::function<void(std::string)> told; ///< hears of keys as they are offered and accepted, for the log; may be empty
    std::string lacks;                   ///< for the error text where nothing can be tried: "no identity file, no password()"
};

// Questions. Each is asked at most once at a time.
/// Which key is it? For identities without a blob, when it is their turn.
struct open_question {
    std::size_t identity;
};
struct sign_question {
    std::size_t identity; ///< index into client_settings::identities
    std::string algorithm;
    bytes data;
};
struct password_question {
    unsigned attempt = 0;        ///< 0 for the first
    bool change = false;         ///< the server demands a new password; `prompt` says why
    std::string prompt;          ///< printable but for newlines and tabs
};
struct prompts_question {
    std::string name, instruction; ///< printable
    std::vector<prompt> prompts;   ///< may be empty: nothing to type, but show the text
    unsigned attempt = 0;          ///< which dialogue this belongs to, 0 for the first
};
using client_question = std::variant<sign_question, password_question, prompts_question, open_question>;

// Answers; an empty optional means "give up on this one".
struct password_answer {
    std::optional<secret_text> password; ///< on change: the old one; left out or empty means the one just sent
    secret_text new_password;            ///< on change; giving up is leaving out both
};
using client_answer
    = std::variant<outcome<bytes>, password_answer, std::optional<std::vector<secret_text>>, outcome<identity>>;

class client_port : public port {
public:
    virtual void ask(client_question) = 0;
    virtual void on_banner(std::string text) = 0; ///< printable but for newlines and tabs
    /// From the server's EXT_INFO; empty where it sent none.
    virtual const std::vector<std::string>& server_sig_algs() const = 0;
    virtual bool has_server_sig_algs() const = 0;
    virtual byte_view session_id() const = 0;

    std::optional<client_answer> answer; ///< filled in before a wake of kind answer
};

struct client_success {
    std::string method;                ///< the one that completed the log-in
    std::vector<std::string> methods;  ///< all that succeeded, in order
    bool proof_given = false;          ///< false where the server let us in without any proof (T42)
};

/// Runs from the service request to SUCCESS. Errors: authentication_failed (context: what was tried and what the server would
/// still take), protocol errors.
flow<outcome<client_success>> log_in(const client_settings&, client_port&);

} // namespace sshoal::auth
