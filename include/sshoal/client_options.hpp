// client_options.hpp - how connect() logs in, and which servers it trusts.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/common_options.hpp>
#include <sshoal/config_answers.hpp>
#include <sshoal/dial.hpp>
#include <sshoal/host_key_verifier.hpp>
#include <sshoal/signer.hpp>
#include <sshoal/target.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshoal::detail {
struct option_access;
} // namespace sshoal::detail

namespace sshoal SSHOAL_API {

class event_sink;
class ssh_config;
class ssh_settings;

/// Asks for a password. `prompt` is never empty ("alice@example.org's password: "); `attempt` counts from 0. Returns: the
/// password; nothing to give up.
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
    std::vector<prompt> prompts; ///< may be empty; there is only text to show then
    unsigned attempt = 0;        ///< the number of the dialogue that this round belongs to, counted from 0
};
/// Returns: one answer for each prompt; nothing to give up.
using interactive_function = std::function<awaitable<std::optional<std::vector<std::string>>>(interactive_prompts)>;

/// Asks whether a key may be used as the option says that takes the function.
using confirm_function = std::function<awaitable<bool>(public_key key)>;

/// Keys in the order in which ssh chooses them: first the keys of the named files that the agent has, then the agent's other
/// keys, then the private keys in the files. A file may hold a private key, or a public key that names a key of the agent; if
/// only "<file>.pub" exists, it names a key of the agent too. A file that cannot be used is left out, and the log says so.
class ssh_identities {
public:
    ssh_identities() {}
    /// IdentityFile. Default: those files of ~/.ssh/id_rsa, id_ecdsa and id_ed25519 that exist.
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
    /// IdentitiesOnly: the agent's keys that no file names are left out.
    ssh_identities& only(bool on = true)
    {
        only_ = on;
        return *this;
    }
    /// The agent's socket. An empty path, the default, means $SSH_AUTH_SOCK. It is no error if there is no agent.
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

/// After a log-in that failed: the methods that were tried, and those that the server would have taken.
class login_refusal {
public:
    login_refusal() {}
    std::string tried;                       ///< "publickey (3 keys), password"; empty: no method was tried
    std::vector<std::string> server_methods; ///< the last list that the server sent
};

/// Options of connect(). Setters return the object, so they can be chained.
///
/// Methods are tried in the order publickey, keyboard-interactive, password; a method for which the options hold no key, password
/// or function is left out. Keys are offered in the order in which they were given; the agent's keys come at the place where
/// agent() was called. "~/" at the head of a path is the home directory ($HOME, else the one in the password database).
class client_options : public common_options<client_options> {
public:
    client_options();

    client_options& user(std::string name);                 ///< default: the local user
    client_options& port(std::uint16_t p);                  ///< default: 22

    // The way to the server, where it is not TCP to the host's own port.
    /// The server is reached through the standard input and output of this command, which the user's shell runs (ProxyCommand).
    client_options& proxy_command(std::string command);
    /// The command of proxy_command() only connects to the server, and passes the connected socket on (ProxyUseFdpass), as
    /// connect_by_program() takes it.
    client_options& proxy_command_passes_socket(bool on = true);
    /// The server is reached through this proxy: http_proxy() or socks5_proxy(). The proxy resolves the server's name. This is
    /// dial_options::proxy(), and dial() replaces it. With jump(), the options of the nearest host name the proxy.
    client_options& proxy(sshoal::proxy through);
    /// The server is reached through another one (ProxyJump): connect() logs in there first, with that one's own options, and the
    /// way on is a channel of that connection. Call it once for each host on the way, the nearest one first.
    client_options& jump(login_target via, client_options its_own);
    /// With config(), at most so many hosts may be on the way, one behind the other by their own settings; more are an error, since
    /// ProxyJump may lead in a circle. Default 16.
    client_options& max_jumps(unsigned n);
    unsigned max_jumps() const noexcept;

    // Configuration files (#include <sshoal/ssh_config.hpp>).
    /// Returns: options that do what the settings say: user, port, keys, agent, known_hosts, algorithms, ProxyCommand, time limits,
    /// keepalive, compression, rekeying and variables. The program passes settings.host_name to connect(). `ask` decides about
    /// unknown hosts where StrictHostKeyChecking is "ask"; without it they are refused. connect() reports errc::invalid_argument for
    /// settings with jump hosts, unless jump() says how to log in there; config() looks them up.
    static client_options from(const ssh_settings& settings, verify_function ask = {});
    /// connect() looks its host up in this configuration and does what the settings of the host say; each host of ProxyJump has
    /// settings of its own. A user, a port, keys, a verifier and a fixed password that these options name themselves are for that
    /// host, and no host on the way sees them; functions that ask are called for every host, with its name in the prompt.
    client_options& config(ssh_config c, config_answers answers = {}, verify_function ask = {});
    /// Returns: options with the configuration of this user and of the system: connect("work", client_options::from_user_config())
    /// does what "ssh work" does. connect() reads the files, each time, on work_executor() or else on disk_threads(), since a home folder
    /// may be on another machine. Errors: connect() reports errc::bad_configuration if the files cannot be used.
    static client_options from_user_config(config_answers answers = {}, verify_function ask = {});

    // The proofs of the user's identity.
    client_options& key(private_key k);
    client_options& identity(std::shared_ptr<signer> s);
    /// connect() loads the file. It is an error if the file cannot be read, or if other users may read it too.
    client_options& identity_file(std::string path);
    /// Offers the agent's key whose public half is in this file. If the agent does not have the key, the log says so.
    client_options& identity_public_file(std::string path, std::string agent_socket = {});
    client_options& identities(ssh_identities as_ssh);
    /// Offers those keys of ~/.ssh/id_rsa, id_ecdsa and id_ed25519 that exist, in this order, as ssh does. A file that cannot be
    /// used is no error.
    client_options& identity_default();
    client_options& agent(std::string socket_path = {});    ///< the keys of the agent; it is no error if there is none
    /// When a log-in has used a private key that this process holds, such as one of a file, the key is added to an agent; an empty
    /// path means $SSH_AUTH_SOCK. If `ask` is set, the key is added only if it says so. An agent that does not take the key is no
    /// error; the log says so.
    client_options& add_keys_to_agent(agent_key_limits limits, std::string socket_path = {}, confirm_function ask = {});
    client_options& passphrase(std::string fixed);          ///< for encrypted identity files
    client_options&
    passphrase(passphrase_function ask); ///< asked up to three times for each of them, when the server takes the key; for a file
                                         ///< that hides its public half and has no .pub, when it is its turn to be offered
    client_options&
    password(std::string fixed); ///< answers a keyboard-interactive question for it too, where there is no interactive()
    client_options& password(password_function ask);
    client_options& new_password(password_function ask);    ///< for servers that demand a new password
    client_options&
    interactive(interactive_function ask); ///< keyboard-interactive; without one, a password answers a single hidden prompt
    client_options& methods(std::vector<std::string> in_order); ///< replaces the default order
    client_options& password_prompts(unsigned n);           ///< passwords, and dialogues, that may be tried; default 3
    /// Asks with method "none" first, as ssh does: the server says which methods it takes, or grants the log-in. This costs a
    /// round trip. Default: only if there is no key.
    client_options& try_none(bool on = true);
    client_options& on_refused(std::function<void(const login_refusal&)> told); ///< called before connect() fails for it
    client_options& refuse_no_proof(bool on = true);        ///< a server that asks for no proof at all is refused

    /// Every program that is started on the connection gets these variables (SetEnv), unless process_options or run_options name
    /// another value. Servers accept only the names that they are set up for.
    client_options& environment(std::vector<std::pair<std::string, std::string>> variables);

    // These options say which server is trusted. One of them is needed; the last call counts.
    // unknown_host::ask needs the function that asks.
    client_options& verifier(std::shared_ptr<host_key_verifier> v);
    /// The name under which the verifier looks the server up, in place of its host and port (HostKeyAlias).
    client_options& host_key_alias(std::string name);
    client_options& host_key(public_key expected);          ///< exactly this key
    client_options& known_hosts(std::string file, unknown_host policy = unknown_host::refuse, verify_function ask = {});
    client_options& known_hosts_default(unknown_host policy = unknown_host::refuse, verify_function ask = {});

    /// Says which addresses of the host are tried, in what order and for how long each. dial() and connect_timeout() both set
    /// dial_options::timeout(); the last call counts.
    client_options& dial(dial_options d);
    /// Limits the look-up of the name and the TCP connection to any of the addresses, together. Default 30 s; 0: no limit. The
    /// later steps have limits of their own, each counted from its beginning: limits::identification_timeout,
    /// limits::first_kex_timeout or kex_timeout (without the time in which the host key is verified) and limits::login_timeout.
    client_options& connect_timeout(std::chrono::milliseconds t);
    /// Limits the whole of connect(), log-in and all questions to the user included; connect() fails with errc::timed_out then.
    /// Default 0: no limit.
    client_options& timeout(std::chrono::milliseconds t);


    client_options& on_banner(std::function<void(std::string_view text)> show);

    struct impl;
    const impl& get() const noexcept { return *impl_; }

private:
    friend class common_options<client_options>;
    friend struct detail::option_access;
    impl& edit();
    std::shared_ptr<impl> impl_;
};

} // namespace sshoal
