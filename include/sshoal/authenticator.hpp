// authenticator.hpp - how a server decides who may log in (RFC 4252, RFC 4256). Every decision is a coroutine of the
// application's and may await anything: a database, another service, a delay.
#pragma once

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

namespace sshoal {

/// A question of auth_attempt, as an authenticator gets it.
class auth_request : public auth_attempt {
public:
    auth_request() {}
    explicit auth_request(auth_attempt&& a) noexcept : auth_attempt(std::move(a)) {}
    endpoint remote; ///< where the client is
    executor work;   ///< server_options::work_executor(), for run_on(), which computes at once where it is empty
};

/// Decides who may log in; one object may serve many connections. An exception is a rejection and is logged. The server itself
/// rejects what an accepting decision's permissions forbid: another address than source_addresses, a time after expiry.
class authenticator {
public:
    virtual ~authenticator() = default;
    /// Executor: the connection's strand. Lifetime: outlives the log-ins that use it. Cancellation: the coroutine is left to end
    /// by itself when the connection goes; its decision is dropped.
    virtual awaitable<auth_decision> decide(auth_request request) = 0;
    /// A log-in ended without success: `user` is the last that was named, empty where none was; `remote` is as in auth_request;
    /// `why` is the failure that ended the connection. Executor: the connection's strand. Must not throw.
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
