// authenticator.hpp - how a server decides who may log in (RFC 4252, RFC 4256). Every decision is a coroutine of the
// application's and may await anything: a database, another service, a delay.
#pragma once

#include <sshoal/endpoint.hpp>
#include <sshoal/error.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/key.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal {

/// What one request of a client wants decided.
class auth_request {
public:
    enum class kind {
        none,         ///< no proof at all; clients use it to learn the methods
        key_query,    ///< would this key do? Nothing is granted by a yes, and the question may be a lie
        key,          ///< the client has proved that it holds this key
        password,     ///< `password` is to be checked
        new_password, ///< `password` is the old one, `new_password` is to replace it
        interactive,  ///< a dialogue begins
        answers,      ///< a dialogue goes on: `answers` to the prompts of the last decision
    };

    auth_request() {}
    kind what = kind::none;
    std::string user;            ///< as the client sent it
    endpoint remote;             ///< where the client is
    public_key key;              ///< key_query, key
    std::string key_algorithm;   ///< key_query, key: the signature algorithm
    std::string password, new_password;
    std::vector<std::string> answers;
    std::vector<std::string> succeeded; ///< methods that this user has passed on this connection, in order
    unsigned round = 0;                 ///< answers: 1 for the first
    executor work; ///< server_options::work_executor(), for run_on(), which computes at once where it is empty
};

/// The answer to an auth_request.
class auth_decision {
public:
    auth_decision() {} ///< reject
    static auth_decision accept();
    /// `methods`, where given, replaces what the client is told it may try.
    static auth_decision reject(std::vector<std::string> methods = {});
    /// This method is passed; one of `methods` is needed besides ("several factors").
    static auth_decision more(std::vector<std::string> methods);
    /// The password is right but has expired; the client is asked for a new one with this text.
    static auth_decision change_password(std::string prompt);
    /// Asks the client; the answers come as the next request.
    struct prompt {
        std::string text;
        bool echo = false;
    };
    static auth_decision ask(std::vector<prompt> prompts, std::string instruction = {}, std::string name = {});

    enum class kind { reject, accept, more, change_password, ask };
    kind what = kind::reject;
    std::vector<std::string> methods;
    std::string text, name;
    std::vector<prompt> prompts;
};

/// Decides; one object may serve many connections. An exception is a rejection and is logged.
class authenticator {
public:
    virtual ~authenticator() = default;
    /// Executor: the connection's strand. Lifetime: outlives the log-ins that use it. Cancellation: the coroutine is left to end
    /// by itself when the connection goes; its decision is dropped.
    virtual awaitable<auth_decision> decide(auth_request request) = 0;
    /// A log-in ended without success: `user` is the last that was named, empty where none was, `remote` as in auth_request,
    /// `why` what ended the connection. Executor: the connection's strand. Must not throw.
    virtual void log_in_failed(const std::string& user, const endpoint& remote, const failure& why)
    {
        (void)user, (void)remote, (void)why;
    }
    /// The methods to offer. "none" is never offered.
    virtual std::vector<std::string> methods() const { return {"publickey", "password", "keyboard-interactive"}; }
};

using auth_function = std::function<awaitable<auth_decision>(auth_request)>;
/// Decides by a function. `methods` are those that clients are offered; by default publickey, password and keyboard-interactive.
/// Two functions, as g++ 12 cannot compile a default argument that is a braced list in a statement with co_await.
std::shared_ptr<authenticator> authenticate_if(auth_function decide, std::vector<std::string> methods);
std::shared_ptr<authenticator> authenticate_if(auth_function decide);

/// Accepts a user of this name (any, if empty) with one of these keys.
std::shared_ptr<authenticator> authenticate_keys(std::vector<public_key> keys, std::string user = {});

/// Accepts a user of this name with this password, compared in constant time.
std::shared_ptr<authenticator> authenticate_password(std::string user, std::string password);

/// Accepts the keys of an authorized_keys file; "%u" and "%h" in the path are the user's name and home directory. The file is
/// read at each attempt. `strict_modes` refuses files that others than the user and root could have written.
std::shared_ptr<authenticator> authenticate_authorized_keys(std::string path, bool strict_modes = true);

} // namespace sshoal
