// host_key_verifier.hpp - how a client decides whether a server is the right one (RFC 4251 §4.1). There is no silent default:
// without a verifier, a connection is refused.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/known_hosts.hpp>
#include <sshoal/presented_key.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {

class ssh_settings;

/// The server that the client asked for, and the key that the server proved to have. Later versions add members.
class host_identity {
public:
    host_identity() {}
    std::string host;        ///< the name that was given to connect()
    std::uint16_t port = 22;
    std::string alias;       ///< the name to look up in place of `host` and `port` (HostKeyAlias); empty: none
    endpoint address;        ///< the other end of the stream, once there is one; none in preferred_algorithms()
    presented_key key;       ///< none in preferred_algorithms()
    std::string algorithm;   ///< the public key algorithm that was negotiated for the key
    /// Writes a warning to the connection's log; empty in preferred_algorithms().
    std::function<void(const std::string& text)> warn;
};

/// Decides about host keys. A program derives from this class for other sources of trust; ready-made verifiers are below.
class host_key_verifier {
public:
    virtual ~host_key_verifier() = default;
    /// Returns: no failure to accept the key; otherwise the reason against the key, as text for the user. The server waits
    /// meanwhile, up to the log-in deadline.
    /// Executor: the connection's strand. Lifetime: the verifier outlives the connection's log-in.
    virtual awaitable<failure> verify(host_identity server) = 0;
    /// Called before the key exchange. Returns: the public key algorithms under which the verifier knows a key of this server,
    /// such as "ssh-ed25519" or "rsa-sha2-512"; may be empty. The client prefers these algorithms, so that the server shows a key
    /// that can be verified.
    virtual std::vector<std::string> preferred_algorithms(const host_identity& server) const;
    /// Returns: whether preferred_algorithms() waits for something else than a disk. Then it is called on disk_threads().
    virtual bool preference_waits() const { return false; }
};

/// Returns: the algorithms of these keys, each once, for preferred_algorithms() of a verifier that knows the keys.
std::vector<std::string> algorithms_of(const std::vector<public_key>& keys);

/// Accepts exactly these keys, and refuses all others with errc::host_key_rejected.
std::shared_ptr<host_key_verifier> trust_key(public_key key);
std::shared_ptr<host_key_verifier> trust_keys(std::vector<public_key> keys);

/// Accepts the keys that the coroutine accepts, and refuses all others with errc::host_key_rejected.
using verify_function = std::function<awaitable<bool>(host_identity)>;
std::shared_ptr<host_key_verifier> trust_if(verify_function decide);

/// Refuses keys that these files list, with errc::host_key_rejected, and all keys if a file cannot be read; see revoked_keys. The
/// other verifier decides about the rest. Files are read for every connection, on disk_threads(); "~/" at the head of a path is the home
/// directory.
std::shared_ptr<host_key_verifier> refuse_revoked(std::shared_ptr<host_key_verifier> others, std::vector<std::string> files);

/// Accepts every key, which gives up all protection against an impostor. Use it only for tests, and in networks where no one
/// could interfere.
std::shared_ptr<host_key_verifier> trust_any_host_key_insecurely();

/// This choice says how the verifier treats a host that is in none of the files: refuse it, add its key, ask, or accept the key with
/// a warning in the log and without recording it. With `warn`, only those who read the log notice an impostor.
enum class unknown_host { refuse, add, ask, warn };

/// Decides by known_hosts files, as OpenSSH keeps them: plain and hashed names, [host]:port, @revoked. A changed or revoked key
/// is always refused. With `add` (StrictHostKeyChecking=accept-new) a new host's key is appended to the first file; with `ask`
/// the function decides, and a key that it accepts is appended too. Files that do not exist count as empty; "~/" at the head of a
/// path is the home directory. Refusals: errc::host_key_unknown, errc::host_key_changed, errc::host_key_rejected (revoked, or the
/// function said no), errc::file_error.
std::shared_ptr<host_key_verifier> trust_known_hosts(std::vector<std::string> files, unknown_host policy = unknown_host::refuse,
                                                     verify_function ask = {});

/// A source of known hosts beside files. `server.key` is empty if the algorithms of all keys of the server are asked for.
/// Returns: lines in the format of known_hosts. Errors: any; the key is refused then. The function is called on disk_threads().
using known_hosts_source = std::function<outcome<std::string>(const host_identity& server)>;
/// Returns: a source that runs KnownHostsCommand, without a shell; empty if the settings have none.
/// A program that prints more than `most_output` bytes is a failure. (#include <sshoal/ssh_config.hpp>.)
known_hosts_source known_hosts_command(const ssh_settings& settings, std::size_t most_output = 16 * 1024 * 1024);
/// Decides by files, and by the lines of `more` as if they stood in a last file. New keys are appended to the first file.
std::shared_ptr<host_key_verifier> trust_known_hosts(std::vector<std::string> files, known_hosts_source more,
                                                     unknown_host policy, verify_function ask);

/// Decides by entries in memory, of which the verifier has its own copy; new keys are recorded there.
std::shared_ptr<host_key_verifier> trust_known_hosts(known_hosts entries, unknown_host policy = unknown_host::refuse,
                                                     verify_function ask = {});
/// Decides by entries that the program shares, and may change or save meanwhile; new keys are recorded there.
std::shared_ptr<host_key_verifier> trust_known_hosts(std::shared_ptr<shared_known_hosts> entries,
                                                     unknown_host policy = unknown_host::refuse, verify_function ask = {});
/// Decides by ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts.
std::shared_ptr<host_key_verifier> trust_known_hosts_default(unknown_host policy = unknown_host::refuse,
                                                             verify_function ask = {});

} // namespace sshoal
