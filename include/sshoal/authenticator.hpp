// authenticator.hpp - how a server decides who may log in (RFC 4252, RFC 4256). Every decision is a coroutine of the
// application's and may await anything: a database, another service, a delay.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/auth_decision.hpp>
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

namespace sshoal SSHOAL_API {

/// A question of auth_attempt, as an authenticator gets it.
class auth_request : public auth_attempt {
public:
    auth_request() {}
    explicit auth_request(auth_attempt&& a) noexcept : auth_attempt(std::move(a)) {}
    endpoint remote; ///< where the client is
    endpoint local;  ///< where the client has connected to
    executor work;   ///< server_options::work_executor(), for run_on(), which computes at once where it is empty
};

/// Decides who may log in; one object may serve many connections. An exception counts as a rejection and is logged. The server
/// itself rejects a log-in that the permissions of an accepting decision forbid: one from an address outside of source_addresses,
/// or at a time after expiry.
class authenticator {
public:
    virtual ~authenticator() = default;
    /// Executor: the connection's strand. Lifetime: the authenticator outlives the log-ins that use it. Cancellation: none; a
    /// coroutine whose connection has gone runs to its end, and its decision is dropped.
    virtual awaitable<auth_decision> decide(auth_request request) = 0;
    /// A log-in ended without success. `user` is the last user that the client named, empty if it named none; `remote` is as in
    /// auth_request; `why` is the failure that ended the connection. Executor: the connection's strand. This function must not
    /// throw.
    virtual void log_in_failed(const std::string& user, const endpoint& remote, const failure& why)
    {
        (void)user, (void)remote, (void)why;
    }
    /// Returns: the methods to offer to clients. "none" is never offered.
    virtual std::vector<std::string> methods() const { return {"publickey", "password", "keyboard-interactive"}; }
};

using auth_function = std::function<awaitable<auth_decision>(auth_request)>;
/// Decides by a function. `methods` are offered to clients; the default is publickey, password and keyboard-interactive. These
/// are two functions because g++ 12 cannot compile a braced list as a default argument in a statement with co_await.
std::shared_ptr<authenticator> authenticate_if(auth_function decide, std::vector<std::string> methods);
std::shared_ptr<authenticator> authenticate_if(auth_function decide);

/// Accepts a user of this name (any user, if the name is empty) with one of these keys.
std::shared_ptr<authenticator> authenticate_keys(std::vector<public_key> keys, std::string user = {});

/// Accepts a user of this name with this password, compared in constant time.
std::shared_ptr<authenticator> authenticate_password(std::string user, std::string password);

/// Accepts the keys of an authorized_keys file; "%u" and "%h" in the path are the user's name and home directory. The file is
/// read at each attempt. The options of the key (<sshoal/key_options.hpp>) are the permissions of the log-in, without environment=.
/// With `strict_modes`, a file that other users than this one and root could have written is refused.
std::shared_ptr<authenticator> authenticate_authorized_keys(std::string path, bool strict_modes = true);

} // namespace sshoal
