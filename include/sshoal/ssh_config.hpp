// ssh_config.hpp - the configuration files of ssh (ssh_config(5)): read once, and asked for the settings of each host.
#pragma once

#include <sshoal/algorithms.hpp>
#include <sshoal/api.hpp>
#include <sshoal/config_answers.hpp>
#include <sshoal/config_place.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/limits.hpp>
#include <sshoal/target.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal::conf {
struct client_document;
class setting_store;
} // namespace sshoal::conf

namespace sshoal SSHOAL_API {

class public_key;

/// Holds the facts about this process and machine that conditions and tokens ask for.
class config_facts {
public:
    /// Makes an object without facts: names are empty, and no variable is set.
    config_facts() {}
    /// Returns: the facts of this process: its account, host name, home folder and environment. Look-ups of accounts may wait for
    /// a directory service.
    static config_facts of_this_process();

    std::string local_user;         ///< %u, and the default of User
    std::uint32_t user_id = 0;      ///< %i
    std::string home;               ///< %d and "~"; empty: there is no home folder
    std::string host_name;          ///< %l, the whole name; %L is its part before the first dot
    std::string version;            ///< for Match version: "sshoal_1.0"
    std::string remote_command;     ///< for Match command; empty: a shell
    bool subsystem = false;         ///< for Match sessiontype: the session is a subsystem
    bool no_session = false;        ///< for Match sessiontype: there is no session
    std::function<std::optional<std::string>(const std::string& name)> variable; ///< ${NAME}; empty: no variable is set
    std::function<std::optional<std::string>(const std::string& user)> home_of; ///< "~user"; empty: there are no other users
    std::vector<std::string> local_addresses; ///< numeric, for Match localnetwork
};

/// Says how files are read.
class config_reading {
public:
    config_reading() {}
    std::string home;                  ///< "~" in Include; empty: that of this process
    std::string folder = "/etc/ssh";   ///< relative names in Include belong to this folder
    bool of_user = false;              ///< the user's own file: "~" may be used, and relative names belong to ~/.ssh
    bool check_owner = false;          ///< a file that another user than root and this one can write is refused
    std::size_t most_bytes = 4 * 1024 * 1024; ///< of one file
    std::size_t deepest_include = 16;
    std::size_t most_files = 1024;     ///< all included files together
};

enum class host_key_checking { no, accept_new, ask, yes };
enum class terminal_wish { no, automatic, yes, force };
/// AddKeysToAgent: keys that are loaded from files are added to the agent.
enum class agent_keeping {
    no,
    yes,
    ask,     ///< the user is asked first
    confirm, ///< the agent asks the user before each use of the key
};
enum class session_kind { command, subsystem, none };
/// The form of a note of ssh_settings: for the user, or for those who look for a fault.
enum class config_note { warning, debug };

/// A line of LocalForward, RemoteForward or DynamicForward, as forward::local() and the like take it.
class ssh_forward {
public:
    ssh_forward() {}
    endpoint listen; ///< with the address that GatewayPorts gives to a line without one
    endpoint target; ///< an endpoint without address: SOCKS
};

/// The settings of one host: what the manual says of each keyword, with the defaults filled in. Times of 0 mean "no limit" or
/// "never".
class ssh_settings {
public:
    ssh_settings();
    ssh_settings(const ssh_settings&);
    ssh_settings(ssh_settings&&) noexcept;
    ssh_settings& operator=(const ssh_settings&);
    ssh_settings& operator=(ssh_settings&&) noexcept;
    ~ssh_settings();

    /// Returns: the first value of a keyword as "ssh -G" shows it ("yes", "3", "publickey,password"), lists of one line with
    /// blanks between; nothing if the keyword has no value. Any case will do. Tokens of files are expanded where ssh -G does so: in
    /// ControlPath, IdentityAgent, ForwardAgent and the paths of forwardings.
    std::optional<std::string> get(std::string_view keyword) const;
    /// Returns: the values of a keyword that may have several lines, such as SendEnv.
    std::vector<std::string> get_all(std::string_view keyword) const;
    /// Returns: where the value was written; nothing for a default.
    std::optional<config_place> place_of(std::string_view keyword) const;
    /// Returns: the output of "ssh -G".
    std::string describe() const;
    /// Returns: the words of KnownHostsCommand, a program with an absolute path and its arguments; no words: there is no command.
    /// `known_as` is the name as known_hosts has it ("[example.org]:2222"), for %H; `key` the key that the server has shown, empty if the
    /// command is only asked which keys are known (%I is "ORDER" then, and "HOSTNAME" otherwise).
    /// Errors: errc::bad_configuration for a command that cannot be read.
    outcome<std::vector<std::string>> known_hosts_command_words(const std::string& known_as, const public_key& key) const;

    // The way to the server.
    std::string host;                 ///< as it was asked for
    std::string host_name;            ///< the name or address to connect to
    std::string user;
    std::uint16_t port = 22;
    std::string address_family = "any"; ///< any, inet or inet6
    std::chrono::seconds connect_timeout{0};
    unsigned connection_attempts = 1;
    std::string bind_address, bind_interface; ///< empty: the system chooses
    std::string proxy_command;        ///< with its tokens expanded; empty: none
    bool proxy_use_fdpass = false;    ///< the command passes a connected socket to its standard output, and ends
    std::vector<login_target> jumps;  ///< ProxyJump: the hosts on the way, the nearest one first
    // The server's key.
    std::string host_key_alias;
    std::vector<std::string> user_known_hosts, global_known_hosts;
    std::vector<std::string> revoked_host_keys; ///< names of files with keys that are refused
    std::string known_hosts_command;  ///< all tokens but those of known_hosts_command_words() are expanded; empty: none
    std::string fingerprint_hash = "SHA256"; ///< for public_key::fingerprint()
    host_key_checking strict_host_key_checking = host_key_checking::ask;
    bool hash_known_hosts = false;
    unsigned required_rsa_size = 1024;
    // The log-in.
    std::vector<std::string> identity_files; ///< of IdentityFile
    bool default_identities = true;   ///< no IdentityFile is set: the usual files
    std::string identity_folder;      ///< where the usual files are; empty: there is no home folder
    std::string identity_agent;       ///< the socket; empty: there is no agent
    bool identities_only = false, batch_mode = false;
    agent_keeping add_keys_to_agent = agent_keeping::no;
    std::chrono::seconds agent_key_lifetime{0}; ///< for keys that are added to the agent; 0: no limit
    bool pubkey_authentication = true, password_authentication = true, kbdinteractive_authentication = true;
    std::vector<std::string> preferred_authentications; ///< empty: the usual order
    unsigned number_of_password_prompts = 3;
    // The session.
    std::string remote_command;       ///< with its tokens expanded; empty: none
    std::vector<std::string> send_env; ///< patterns of names
    std::vector<std::pair<std::string, std::string>> set_env;
    terminal_wish request_tty = terminal_wish::automatic;
    session_kind session_type = session_kind::command;
    bool stdin_null = false, fork_after_authentication = false, permit_local_command = false;
    bool enable_escape_command_line = false;
    std::string local_command;        ///< with its tokens expanded; empty: none
    std::optional<char> escape_char = '~';
    // Forwarding. With ClearAllForwardings there are no lines.
    std::vector<ssh_forward> local_forwards;  ///< LocalForward and DynamicForward
    std::vector<ssh_forward> remote_forwards; ///< RemoteForward
    std::vector<std::string> permit_remote_open; ///< "host:port"; empty: SOCKS clients of RemoteForward may name every target
    bool forward_x11 = false, forward_x11_trusted = false;
    std::chrono::seconds forward_x11_timeout{1200};
    std::string xauth_location;       ///< empty: the usual place
    std::string forward_agent;        ///< the socket of the agent that sessions are lent; empty: none
    bool exit_on_forward_failure = false, gateway_ports = false;
    unsigned stream_local_bind_mask = 0177;
    bool stream_local_bind_unlink = false;
    // The connection.
    bool compression = false, tcp_keep_alive = true;
    class algorithms algorithms;
    traffic_classes ip_qos;
    std::vector<std::pair<std::string, std::chrono::milliseconds>> channel_timeouts; ///< as idle_limits::channels has them
    std::uint64_t rekey_bytes = 0;    ///< 0: the default
    std::chrono::seconds rekey_time{0};
    std::chrono::seconds server_alive_interval{0};
    unsigned server_alive_count_max = 3;
    std::string log_level = "INFO";

    /// The warnings name lines that have no effect; the notes at debug level also name the blocks that applied. All have places.
    std::vector<std::pair<config_note, std::string>> notes;

private:
    friend struct detail::access;
    std::shared_ptr<const conf::setting_store> self_;
};

/// Configuration files, read. Copies share their content. A default-constructed object has no lines.
/// Several threads may ask one object at the same time.
class ssh_config {
public:
    ssh_config();

    /// Reads a text as if it were a file of this name. Errors: errc::bad_configuration; failure_detail::place says where.
    static outcome<ssh_config> parse(std::string_view text, std::string name = "configuration", const config_reading& how = {});
    /// Reads files, the first one first: of several values for a keyword the first counts. A file that is not there is left out.
    /// Errors: errc::bad_configuration, also for a file that cannot be read.
    static outcome<ssh_config> load(const std::vector<std::string>& paths, const config_reading& how = {});
    /// Reads one file. Errors: errc::bad_configuration, also if there is no such file.
    static outcome<ssh_config> load_file(const std::string& path, const config_reading& how = {});
    /// Reads ~/.ssh/config and /etc/ssh/ssh_config.
    static outcome<ssh_config> load_default();

    /// Adds the lines of another one behind those of this one.
    ssh_config& append(const ssh_config& more);
    /// Sets a keyword for all hosts, before every line: "Port=2222", "User alice". `name` is how messages call the line.
    /// Errors: errc::bad_configuration for a value that the keyword does not take. An unknown keyword is an error of look-ups, since
    /// IgnoreUnknown may name it.
    outcome<void> set(std::string_view line, std::string name = "command line");

    /// Returns: the names in Host lines that are no patterns, each once, in order.
    std::vector<std::string> hostnames() const;

    /// Finds the settings of a host, as ssh does: all blocks whose conditions hold, in order; a second reading for "Match final"
    /// and after CanonicalizeHostname. The commands of "Match exec" are run, each once, unless config_answers says otherwise.
    /// Errors (thrown): errc::bad_configuration. Cancellation: terminal. Executor: any; answers run there.
    awaitable<ssh_settings> lookup(std::string host, config_answers how = {}) const;
    awaitable<ssh_settings> lookup(std::string host, config_answers how, config_facts facts) const;

    /// Finds the settings without asking anybody. Errors: errc::bad_configuration, also if a condition asks for a command or a
    /// look-up.
    outcome<ssh_settings> lookup_now(const std::string& host, const config_facts& facts) const;

private:
    friend struct detail::access;
    std::shared_ptr<const conf::client_document> self_;
};

/// Returns: the value in quotes, as one word of a line: config.set("User " + quoted_config_value(name)). Quotes and backslashes in
/// the value stay what they are.
std::string quoted_config_value(std::string_view value);

/// Returns: whether the name may become a part of a command for a shell, as in "ProxyCommand nc %h %p". ssh refuses other names on
/// its command line, since they come from links and from lists of repositories too (CVE-2023-51385); look-ups refuse them in
/// commands.
bool is_harmless_host(std::string_view name) noexcept;
bool is_harmless_user(std::string_view name) noexcept;

} // namespace sshoal
