// auth_decision.hpp - the questions and the answers of a server's log-in (RFC 4252, RFC 4256), as plain values. authenticator.hpp
// has the interface that answers them.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/permissions.hpp>
#include <sshoal/presented_key.hpp>

#include <any>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {

/// An attempt is one request of a client that the server has to decide. Its text is as the client sent it, not made printable.
/// Each copy wipes its passwords and answers from memory when it is destroyed.
class auth_attempt {
public:
    enum class kind {
        none,         ///< the client proves nothing: clients ask this to learn the methods
        key_query,    ///< would this key do? A yes grants nothing, and the client need not hold the key
        key,          ///< the client has proved that it holds this key
        password,     ///< `password` is to be checked
        new_password, ///< `password` is the old password, and `new_password` is to replace it
        interactive,  ///< a dialogue begins
        answers,      ///< a dialogue goes on: `answers` to the prompts of the last decision
    };

    auth_attempt();
    auth_attempt(const auth_attempt&);
    auth_attempt(auth_attempt&&) noexcept;
    auth_attempt& operator=(const auth_attempt&);
    auth_attempt& operator=(auth_attempt&&) noexcept;
    ~auth_attempt();

    kind what = kind::none;
    std::string user;            ///< as the client sent it
    presented_key key;           ///< key_query, key
    std::string key_algorithm;   ///< key_query, key: the public key algorithm
    checked_signature signature; ///< key: the facts that the signature states beside the message
    std::string password, new_password;
    std::string submethods;      ///< interactive: a hint for the kinds of prompts that the client wants (RFC 4256 §3.1)
    std::vector<std::string> answers;
    unsigned round = 0;          ///< answers: 1 for the first
    std::vector<std::string> succeeded; ///< methods that this user has passed on this connection, in order
};

/// The answer to an auth_attempt.
class auth_decision {
public:
    auth_decision() {} ///< reject
    static auth_decision accept();
    /// Accepts, and says what the log-in allows. `data` is the application's own: server_connection::application_data() has it.
    static auth_decision accept(permissions allowed, std::any data = {});
    /// `methods`, if not empty, replaces the list of methods that the client is told it may try.
    static auth_decision reject(std::vector<std::string> methods = {});
    /// The client has passed this method, and must pass one of `methods` besides (several factors). Later steps of the log-in can
    /// only narrow what this step allows.
    static auth_decision more(std::vector<std::string> methods);
    static auth_decision more(std::vector<std::string> methods, permissions allowed, std::any data = {});
    /// The password is right but has expired; the client is asked for a new one with this text.
    static auth_decision change_password(std::string prompt);
    /// Asks the client these questions; the answers come with the next request.
    struct prompt {
        std::string text;
        bool echo = false;
    };
    static auth_decision ask(std::vector<prompt> prompts, std::string instruction = {}, std::string name = {});

    enum class kind { reject, accept, more, change_password, ask };
    kind what = kind::reject;
    std::vector<std::string> methods;            ///< reject: replaces the offer, if not empty; more: what is needed besides
    std::string text, name;                      ///< change_password: the prompt; ask: instruction and name
    std::vector<prompt> prompts;                 ///< ask
    std::shared_ptr<const permissions> allowed;  ///< accept, more; none: everything
    std::any data;                               ///< accept, more
    /// Limits the tries of this user, in place of server_options::max_auth_tries(). Any decision may say so, and the last one counts.
    std::optional<unsigned> max_tries;
    /// Sets the banner for this user, in place of server_options::banner(). It counts if the client has had no answer yet; "" shows no banner.
    std::optional<std::string> banner;
    bool unknown_user = false; ///< reject: there is no such user, which may cost the client's address another penalty
    bool hang_up = false;      ///< reject: the connection ends without an answer
};

} // namespace sshoal
