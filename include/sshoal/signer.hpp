// signer.hpp - private keys wherever they are: in memory, in a file that is decrypted when it is needed, in an agent (RFC 4252
// §7).
#pragma once

#include <sshoal/executor.hpp>
#include <sshoal/presented_key.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal {

/// Something that can sign with one key. Derive to sign with hardware or a remote service.
class signer {
public:
    virtual ~signer() = default;

    /// The public half.
    virtual const public_key& key() const = 0;
    /// The key as it is shown to the server: key() itself by default; a certificate, for instance.
    virtual presented_key presented() const;
    /// The public key algorithms (RFC 4252 §7) under which the key may be offered, best first: by default all that presented()
    /// has. A signer that cannot make all their signatures names fewer.
    virtual std::vector<std::string> algorithms() const;
    /// Signs. `algorithm` is that of the signature: presented_key::signature_algorithm() of one of algorithms().
    /// Returns: an SSH signature blob over `data` (RFC 4253 §6.6). Errors: any; the next key is tried then.
    /// Cancellation: terminal. Executor: the connection's strand. Lifetime: the signer lives until the operation is over.
    virtual awaitable<outcome<std::vector<std::byte>>> sign(std::string algorithm, std::vector<std::byte> data) = 0;
};

/// Asks for the passphrase of the key in `path`. `attempt` counts from 0. Nothing: give up on this key.
using passphrase_function = std::function<awaitable<std::optional<std::string>>(std::string path, unsigned attempt)>;

/// Signs with a key in memory.
std::shared_ptr<signer> make_signer(private_key key);

/// Signs with the key in a file. The public half comes from "<path>.pub" or from the file itself; the private half is decrypted
/// at the first signature, for which `passphrase` is asked up to three times. "~/" at the head of the path is the home directory.
/// Errors: errc::file_error, errc::bad_key, errc::unsupported_key, errc::passphrase_required where the file is encrypted, no .pub
/// file is beside it and its format hides the public half.
outcome<std::shared_ptr<signer>> load_signer(const std::string& path, passphrase_function passphrase = {});

/// The user's agent (draft-ietf-sshm-ssh-agent): a list of keys and their signatures over a Unix socket.
class agent {
public:
    /// An empty path is $SSH_AUTH_SOCK. The connection is made for each operation anew, so an agent that restarts is no error.
    explicit agent(std::string socket_path = {});

    /// Returns: the agent's keys of the types that sshoal knows, in the agent's order.
    /// Errors: errc::agent_failure (no agent, or nonsense from it; context() says which). Cancellation: terminal, partial, total.
    /// Executor: any; the calling coroutine's is used. Lifetime: the agent must live until the operation is over, its signers
    /// need it no more.
    awaitable<outcome<std::vector<std::shared_ptr<signer>>>> identities() const;

    const std::string& socket_path() const noexcept { return path_; }

private:
    std::string path_;
};

} // namespace sshoal
