// signer.hpp - signs with private keys in memory, in files that are decrypted when they are needed, or in an agent (RFC 4252 §7).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/presented_key.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {

/// Signs with one key. A program derives from this class to sign with hardware or a remote service.
class signer {
public:
    virtual ~signer() = default;

    /// The public half.
    virtual const public_key& key() const = 0;
    /// The key as it is shown to the server: by default key() itself; it may be a certificate around the key.
    virtual presented_key presented() const;
    /// Returns: the public key algorithms (RFC 4252 §7) under which the key may be offered, best first; by default all algorithms
    /// of presented(). A signer that cannot make the signatures of all of them names fewer.
    virtual std::vector<std::string> algorithms() const;
    /// Signs `data`. `algorithm` is the signature's algorithm: presented_key::signature_algorithm() of one of algorithms().
    /// Returns: an SSH signature blob over `data` (RFC 4253 §6.6). Errors: any; the client tries the next key then.
    /// Cancellation: terminal. Executor: the connection's strand. Lifetime: the signer lives until the operation is over.
    virtual awaitable<outcome<std::vector<std::byte>>> sign(std::string algorithm, std::vector<std::byte> data) = 0;
};

/// Asks for the passphrase of the key in `path`; `attempt` counts from 0. Returns: the passphrase; nothing to give up on this
/// key.
using passphrase_function = std::function<awaitable<std::optional<std::string>>(std::string path, unsigned attempt)>;

/// Signs with a key in memory.
std::shared_ptr<signer> make_signer(private_key key);

/// Signs with the key in a file. The public half comes from "<path>.pub" or from the file itself. The private half is decrypted
/// at the first signature; `passphrase` is called up to three times for it. "~/" at the head of the path is the home directory.
/// Errors: errc::file_error, errc::bad_key, errc::unsupported_key; errc::passphrase_required if the file is encrypted, no .pub
/// file is beside it and its format hides the public half.
outcome<std::shared_ptr<signer>> load_signer(const std::string& path, passphrase_function passphrase = {});

/// Limits of a key that is added to an agent.
class agent_key_limits {
public:
    agent_key_limits() {} // not an aggregate: g++ 12 destroys braced aggregates in co_await statements twice
    std::chrono::seconds lifetime{0}; ///< the agent forgets the key after this time; 0: never
    bool confirm = false;             ///< the agent asks its user before each use of the key
};

/// The user's agent (draft-ietf-sshm-ssh-agent): a list of keys and their signatures over a Unix socket.
class agent {
public:
    /// An empty path means $SSH_AUTH_SOCK. Each operation connects to the agent anew, so it is no error if the agent restarts.
    explicit agent(std::string socket_path = {});

    /// Returns: the agent's keys of the types that sshoal knows, in the agent's order.
    /// Errors (thrown): errc::agent_failure (there is no agent, or it sent nonsense; context() says which). Cancellation: terminal,
    /// partial, total.
    /// Executor: any; the calling coroutine's is used. Lifetime: the agent object must live until the operation is over; the
    /// signers do not need it.
    awaitable<std::vector<std::shared_ptr<signer>>> identities() const;

    /// Adds a key, with its comment. Errors (thrown): errc::agent_failure, also if the agent refuses. The rest is as for identities().
    awaitable<void> add(private_key key, agent_key_limits limits = {}) const;

    const std::string& socket_path() const noexcept { return path_; }

private:
    std::string path_;
};

} // namespace sshoal
