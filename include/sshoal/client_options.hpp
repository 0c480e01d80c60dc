// client_options.hpp - how connect() logs in and whom it trusts.
#pragma once

#include <sshoal/algorithms.hpp>
#include <sshoal/dial.hpp>
#include <sshoal/host_key_verifier.hpp>
#include <sshoal/limits.hpp>
#include <sshoal/log.hpp>
#include <sshoal/signer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshoal {

class event_sink;

/// Asks for a password. `prompt` is never empty ("alice@example.org's password: "), `attempt` counts from 0. Nothing: give up.
using password_function = std::function<awaitable<std::optional<std::string>>(std::string prompt, unsigned attempt)>;

/// One round of a keyboard-interactive dialogue (RFC 4256). All text is printable.
class interactive_prompts {
public:
    interactive_prompts() {}
    struct prompt {
        std::string text;
        bool echo;
    };
    std::string name, instruction;
    std::vector<prompt> prompts; ///< may be empty: there is only text to show
    unsigned attempt = 0;        ///< which dialogue this round belongs to; counts from 0
};
/// Returns: as many answers as there are prompts. Nothing: give up.
using interactive_function = std::function<awaitable<std::optional<std::vector<std::string>>>(interactive_prompts)>;

/// Keys as ssh chooses them: first those of the named files that the agent has, then the agent's other keys, then what the files
/// hold themselves. A file may be a private key or a public one, which names a key of the agent; where only "<file>.pub" is
/// there, it does so too. A file that cannot be used is told in the log and left out.
class ssh_identities {
public:
    ssh_identities() {}
    /// IdentityFile. Default: those of ~/.ssh/id_rsa, id_ecdsa and id_ed25519 that exist.
    ssh_identities& files(std::vector<std::string> paths)
    {
        files_ = std::move(paths);
        named_ = true;
        return *this;
    }
    /// The folder with the usual files. Default: .ssh in the home directory.
    ssh_identities& folder(std::string path)
    {
        folder_ = std::move(path);
        return *this;
    }
    /// IdentitiesOnly: the agent's other keys are left out.
    ssh_identities& only(bool on = true)
    {
        only_ = on;
        return *this;
    }
    /// The agent's socket; empty: $SSH_AUTH_SOCK, which is the default. No agent is no error.
    ssh_identities& agent(std::string socket_path)
    {
        agent_ = std::move(socket_path);
        has_agent_ = true;
        return *this;
    }
    ssh_identities& no_agent()
    {
        has_agent_ = false;
        return *this;
    }

    const std::vector<std::string>& files() const noexcept { return files_; }
    const std::string& folder() const noexcept { return folder_; }
    const std::string& agent() const noexcept { return agent_; }
    bool named() const noexcept { return named_; }
    bool only() const noexcept { return only_; }
    bool has_agent() const noexcept { return has_agent_; }

private:
    std::vector<std::string> files_;
    std::string folder_, agent_;
    bool named_ = false, only_ = false, has_agent_ = true;
};

/// The methods that the server would have taken, and those that were tried, after a log-in that failed.
class login_refusal {
public:
    login_refusal() {}
    std::string tried;                       ///< "publickey (3 keys), password"; empty: nothing
    std::vector<std::string> server_methods; ///< the server's last list
};

/// Options of connect(). Setters return the object, so they can be chained.
///
/// Methods are tried in the order publickey, keyboard-interactive, password, as far as there is something to try them with. Keys
/// are offered in the order in which they were given; those of the agent come where agent() was called. "~/" at the head of a
/// path is the home directory ($HOME, else that of the password database).
class client_options {
public:
    client_options();

    client_options& user(std::string name);                 ///< default: the local user
    client_options& port(std::uint16_t p);                  ///< default: 22

    // Who we are.
    client_options& key(private_key k);
    client_options& identity(std::shared_ptr<signer> s);
    /// Loaded by connect(). A file that cannot be read is an error, and one that others may read as well.
    client_options& identity_file(std::string path);
    /// The agent's key whose public half is in this file; one that the agent has not is told in the log.
    client_options& identity_public_file(std::string path, std::string agent_socket = {});
    client_options& identities(ssh_identities as_ssh);
    /// Those of ~/.ssh/id_rsa, id_ecdsa and id_ed25519 that exist, in this order, as ssh does. One that cannot be used is no
    /// error.
    client_options& identity_default();
    client_options& agent(std::string socket_path = {});    ///< the keys of the agent; no agent is not an error
    client_options& passphrase(std::string fixed);          ///< for encrypted identity files
    client_options&
    passphrase(passphrase_function ask); ///< asked up to three times for each of them, when the server takes the key; for a file
                                         ///< that hides its public half and has no .pub, when it is its turn to be offered
    client_options&
    password(std::string fixed); ///< answers a keyboard-interactive question for it too, where there is no interactive()
    client_options& password(password_function ask);
    client_options& new_password(password_function ask);    ///< for servers that demand a change
    client_options&
    interactive(interactive_function ask); ///< keyboard-interactive; without one, a password answers a single hidden prompt
    client_options& methods(std::vector<std::string> in_order); ///< replaces the default order
    client_options& password_prompts(unsigned n);           ///< passwords, and dialogues, that may be tried; default 3
    /// Asks with method "none" first, as ssh does: the server says what it takes, or lets us in. Costs a round trip. Default:
    /// only where there is no key.
    client_options& try_none(bool on = true);
    client_options& on_refused(std::function<void(const login_refusal&)> told); ///< before connect() fails for that
    /// RequiredRSASize: shorter RSA keys of ours are left out, and a server with such a host key is refused. Default 2048;
    /// keys of less than 1024 bits are refused always.
    client_options& required_rsa_bits(unsigned n);
    client_options& refuse_no_proof(bool on = true);        ///< a server that lets us in without any proof is refused

    // Whom we trust. One of these is needed; of several the last one counts. unknown_host::ask needs the function that asks.
    client_options& verifier(std::shared_ptr<host_key_verifier> v);
    /// The name under which the verifier looks the server up, in place of its host and port (HostKeyAlias).
    client_options& host_key_alias(std::string name);
    client_options& host_key(public_key expected);          ///< exactly this key
    client_options& known_hosts(std::string file, unknown_host policy = unknown_host::refuse, verify_function ask = {});
    client_options& known_hosts_default(unknown_host policy = unknown_host::refuse, verify_function ask = {});

    client_options& algorithms(sshoal::algorithms a);
    client_options& compression(bool on = true);            ///< prefer zlib@openssh.com
    client_options& limits(sshoal::limits l);
    /// Which addresses of the host are tried, in what order and for how long each. The last call of this and connect_timeout()
    /// counts for dial_options::timeout().
    client_options& dial(dial_options d);
    /// Name look-up and TCP connect to any of the addresses; default 30 s, 0: none. What follows has limits of its own, each from
    /// its own beginning: limits::identification_timeout, limits::first_kex_timeout or kex_timeout (without the time in which the
    /// host key is verified) and limits::login_timeout.
    client_options& connect_timeout(std::chrono::milliseconds t);
    /// For the whole of connect(), log-in and all questions to the user included: errc::timed_out. Default 0: none.
    client_options& timeout(std::chrono::milliseconds t);
    client_options& keepalive(std::chrono::milliseconds interval, unsigned count = 3);
    client_options& software(std::string name); ///< of our identification string; printable ASCII without spaces and '-'
    /// Where long computations are done: an asio::thread_pool's executor, for instance. The arithmetic of key exchanges, checking
    /// the server's signature, signing with keys in memory, and opening encrypted identity files then leave the connection's
    /// thread to others. The executor's context
    /// must outlive these options, the connection and all its handles; so a strand of the connection's own io_context will not do
    /// where handles outlive that. Default: none; all is done on the connection's strand.
    client_options& work_executor(executor ex);

    /// Declares a type of channel that the server may open, or a global request that the server may make: what arrives waits, from
    /// the first moment behind the log-in, until connection::listen_channels() or listen_requests() takes it up. A channel or
    /// request that arrives before the program has made its acceptor would be refused otherwise.
    client_options& listen_channels(std::string type, std::size_t most_waiting = default_waiting);
    client_options& listen_requests(std::string name, std::size_t most_waiting = default_waiting);

    client_options& on_banner(std::function<void(std::string_view text)> show);
    client_options& log(log_function f, log_level most = log_level::info);
    /// Tells `to` what happens, as structs, beside the log; see <sshoal/events.hpp>. Null: nobody.
    client_options& events(std::shared_ptr<event_sink> to);

    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    impl& edit();
    std::shared_ptr<impl> impl_;
};

} // namespace sshoal
