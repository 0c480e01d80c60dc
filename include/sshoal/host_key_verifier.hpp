// host_key_verifier.hpp - how a client decides whether the server is the one it wants (RFC 4251 §4.1). There is no silent
// default: without a verifier a connection is refused.
#pragma once

#include <sshoal/endpoint.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/known_hosts.hpp>
#include <sshoal/presented_key.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sshoal {

/// The server that was asked for, and the key that the server proved to have. Later versions add members.
class host_identity {
public:
    host_identity() {}
    std::string host;        ///< as given to connect()
    std::uint16_t port = 22;
    std::string alias;       ///< the name to look up in place of `host` and `port` (HostKeyAlias); empty: none
    endpoint address;        ///< the other end of the stream, once there is one; none in preferred_algorithms()
    presented_key key;       ///< none in preferred_algorithms()
    std::string algorithm;   ///< the public key algorithm that was negotiated for the key
};

/// Decides. Derive for other sources of trust; ready-made ones below.
class host_key_verifier {
public:
    virtual ~host_key_verifier() = default;
    /// Returns: no failure to accept; otherwise the reason against the key, in words for the user. The server waits meanwhile,
    /// up to the log-in deadline.
    /// Executor: the connection's strand. Lifetime: the verifier outlives the connection's log-in.
    virtual awaitable<failure> verify(host_identity server) = 0;
    /// Before the key exchange: the public key algorithms under which the verifier knows a key of this server, such as
    /// "ssh-ed25519" or "rsa-sha2-512". They are negotiated first, so that the server shows a key that can be verified. May be
    /// empty.
    virtual std::vector<std::string> preferred_algorithms(const host_identity& server) const;
};

/// The algorithms of these keys, each once: preferred_algorithms() of a verifier that knows them.
std::vector<std::string> algorithms_of(const std::vector<public_key>& keys);

/// Accepts exactly these keys. All others: errc::host_key_rejected.
std::shared_ptr<host_key_verifier> trust_key(public_key key);
std::shared_ptr<host_key_verifier> trust_keys(std::vector<public_key> keys);

/// Accepts what the coroutine accepts. All else: errc::host_key_rejected.
using verify_function = std::function<awaitable<bool>(host_identity)>;
std::shared_ptr<host_key_verifier> trust_if(verify_function decide);

/// Accepts every key. Only for tests and networks where nobody could interfere: it gives up all protection against an impostor.
std::shared_ptr<host_key_verifier> trust_any_host_key_insecurely();

/// The policy says what the verifier does about a host that is in none of the files.
enum class unknown_host { refuse, add, ask };

/// known_hosts files, as OpenSSH keeps them: plain and hashed names, [host]:port, @revoked. A changed or revoked key is always
/// refused. With `add` (StrictHostKeyChecking=accept-new) a new host's key is appended to the first file; with `ask` the function
/// decides and its yes is appended too. Files that do not exist are empty; "~/" at the head of a path is the home directory.
/// Refusals: errc::host_key_unknown, errc::host_key_changed, errc::host_key_rejected (revoked, or the function said no),
/// errc::file_error.
std::shared_ptr<host_key_verifier> trust_known_hosts(std::vector<std::string> files, unknown_host policy = unknown_host::refuse,
                                                     verify_function ask = {});
/// The same with entries in memory, of which the verifier has its own copy; new keys are recorded there.
std::shared_ptr<host_key_verifier> trust_known_hosts(known_hosts entries, unknown_host policy = unknown_host::refuse,
                                                     verify_function ask = {});
/// The same with ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts.
std::shared_ptr<host_key_verifier> trust_known_hosts_default(unknown_host policy = unknown_host::refuse,
                                                             verify_function ask = {});

} // namespace sshoal
