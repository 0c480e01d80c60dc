// sshd_config.hpp - the configuration file of sshd (sshd_config(5)): read and judged once, and asked for the settings of a server
// and of each log-in.
#pragma once

#include <sshoal/algorithms.hpp>
#include <sshoal/api.hpp>
#include <sshoal/limits.hpp>
#include <sshoal/ssh_config.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal::conf {
struct server_document;
class setting_store;
} // namespace sshoal::conf

namespace sshoal SSHOAL_API {

class public_key;
class system_account;

/// Facts about a log-in that the conditions of Match, and the lists of users and groups, ask for. A condition about a fact that
/// is not set does not hold.
class login_facts {
public:
    login_facts() {}
    std::optional<std::string> user;
    bool invalid_user = false;        ///< there is no such account
    std::vector<std::string> groups;  ///< names of the user's groups
    std::optional<std::string> host;  ///< the client's name; its address if names are not looked up
    std::optional<std::string> address, local_address; ///< numeric
    std::optional<std::uint16_t> local_port;
    std::optional<std::string> routing_domain;

    /// Sets `groups` and `invalid_user` as the databases of the system have them for `user`. The call may wait for a directory
    /// service. May be called on any thread. Errors: those of the databases.
    outcome<void> look_up_user();
    /// Sets `host` to the name of `address`, in lower case, if the name leads back to the address; to the address otherwise, as
    /// "UseDNS yes" of sshd does. The call may wait for name service. May be called on any thread. Returns: what is wrong with the
    /// name, for a log; empty if nothing is.
    std::string look_up_host();
};

/// PerSourcePenalties: how long the addresses of clients that misbehave are refused.
class sshd_penalties {
public:
    sshd_penalties() {}
    bool enabled = false;
    std::chrono::seconds crash{90}, auth_fail{5}, invalid_user{5}, refuse_connection{10}, no_auth{1}, grace_exceeded{10};
    std::chrono::seconds longest{600}; ///< "max": penalties add up to this
    std::chrono::seconds least{15};    ///< "min": shorter penalties do not count yet
    unsigned max_sources4 = 65'536, max_sources6 = 65'536;
    bool deny_all4 = false, deny_all6 = false; ///< "overflow": with more sources than that, all are refused; false: none is added
    std::vector<std::string> exempt;   ///< PerSourcePenaltyExemptList: addresses and networks
};

enum class root_login { no, prohibit_password, forced_commands_only, yes };
/// The directions in which a client may forward.
enum class forward_rule { no, local, remote, yes };

/// An address of ListenAddress. Without a port, all ports of Port are meant.
class sshd_listen {
public:
    sshd_listen() {}
    std::string host; ///< a name, or a numeric address without '[' and ']'
    std::optional<std::uint16_t> port;
};

/// The settings of a server, or of one log-in, with the defaults filled in. Empty text stands for "none".
class sshd_settings {
public:
    sshd_settings();
    sshd_settings(const sshd_settings&);
    sshd_settings(sshd_settings&&) noexcept;
    sshd_settings& operator=(const sshd_settings&);
    sshd_settings& operator=(sshd_settings&&) noexcept;
    ~sshd_settings();

    /// Returns: the first value of a keyword as "sshd -T" shows it, lists of one line with blanks between; nothing if the keyword
    /// has no value. Any case will do.
    std::optional<std::string> get(std::string_view keyword) const;
    /// Returns: the values of a keyword that may have several lines, such as AllowUsers.
    std::vector<std::string> get_all(std::string_view keyword) const;
    /// Returns: where the value was written; nothing for a default.
    std::optional<config_place> place_of(std::string_view keyword) const;
    /// Returns: the output of "sshd -T".
    std::string describe() const;

    /// Returns: why DenyUsers, AllowUsers, DenyGroups and AllowGroups do not let the user log in, in the words of sshd's log;
    /// empty text if they do. `user`, `groups`, `host` and `address` of the facts count.
    std::string objection(const login_facts& who) const;
    /// Returns: the methods that a client may use next, of those that are enabled, when it has passed these ones in this order.
    std::vector<std::string> next_methods(const std::vector<std::string>& passed) const;
    /// Returns: whether these methods, passed in this order, are enough to log in.
    bool is_enough(const std::vector<std::string>& passed) const;
    /// Returns: whether PermitUserEnvironment lets a user's key set this variable.
    bool user_may_set(std::string_view variable) const;
    /// Returns: the names of the account's authorized_keys files.
    std::vector<std::string> authorized_keys_paths(const system_account& of) const;
    /// Returns: the words of AuthorizedKeysCommand for this account and key: a program and its arguments. A command without arguments
    /// gets the name of the account. `ends` has the addresses and ports of the connection, for %C. No words: there is no command.
    /// Errors: errc::bad_configuration for a command that cannot be read.
    outcome<std::vector<std::string>> authorized_keys_command_words(const system_account& of, const public_key& key,
                                                                    const std::string& ends) const;
    /// Returns: the name of the account that AuthorizedKeysCommand runs as.
    std::string authorized_keys_command_account(const system_account& of) const;
    /// Returns: ChrootDirectory for the account; empty for none. Errors: errc::bad_configuration if that is no absolute path.
    outcome<std::string> chroot_path(const system_account& of) const;

    // Listening.
    std::vector<std::uint16_t> ports;
    std::string address_family = "any"; ///< any, inet or inet6
    std::vector<sshd_listen> listen;    ///< empty: every address
    std::vector<std::string> host_keys; ///< names of files
    bool default_host_keys = true;      ///< no HostKey is set: `host_keys` has the usual files, which need not exist
    std::string pid_file, moduli_file;
    std::chrono::seconds login_grace_time{120}; ///< 0: no limit
    unsigned startups_begin = 10, startups_rate = 30, startups_full = 100; ///< MaxStartups
    std::optional<unsigned> per_source_max_startups;
    unsigned per_source_ipv4_bits = 32, per_source_ipv6_bits = 128; ///< PerSourceNetBlockSize
    sshd_penalties penalties;
    bool use_dns = false;
    std::string version_addendum;
    // Log-ins.
    bool pubkey_authentication = true, password_authentication = true, kbdinteractive_authentication = true;
    std::vector<std::vector<std::string>> authentication_methods; ///< all of one list are needed; empty: any one method
    bool strict_modes = true, use_pam = false;
    root_login permit_root_login = root_login::prohibit_password;
    std::vector<std::string> allow_users, deny_users, allow_groups, deny_groups; ///< patterns
    std::vector<std::string> authorized_keys_files; ///< as they are written
    std::string authorized_keys_command, authorized_keys_command_user; ///< as they are written
    std::vector<std::string> revoked_keys; ///< names of files
    unsigned max_auth_tries = 6, required_rsa_size = 1024;
    std::string banner;                 ///< the name of a file
    bool refuse_connection = false;     ///< the connection ends when its user has been named
    std::string fingerprint_hash = "SHA256"; ///< for public_key::fingerprint()
    // Sessions.
    std::string force_command, chroot_directory; ///< as they are written
    unsigned max_sessions = 10;
    bool permit_tty = true, permit_user_rc = true, expose_auth_info = false;
    std::string permit_user_environment = "no"; ///< no, yes, or patterns of names with commas between them
    std::vector<std::string> accept_env; ///< patterns of names
    std::vector<std::pair<std::string, std::string>> set_env, subsystems; ///< names, and values or commands
    // Forwarding.
    forward_rule allow_tcp_forwarding = forward_rule::yes, allow_stream_local_forwarding = forward_rule::yes;
    bool disable_forwarding = false, allow_agent_forwarding = true;
    bool x11_forwarding = false, x11_use_localhost = true;
    unsigned x11_display_offset = 10;
    std::string xauth_location;         ///< empty: none
    unsigned stream_local_bind_mask = 0177;
    bool stream_local_bind_unlink = false;
    std::string gateway_ports = "no";   ///< no, yes or clientspecified
    std::vector<std::string> permit_open, permit_listen; ///< host:port; empty: any; "none" alone: none
    // The connection.
    bool compression = true;
    class algorithms algorithms;
    traffic_classes ip_qos;
    std::uint64_t rekey_bytes = 0;      ///< 0: the default
    std::chrono::seconds rekey_time{0};
    std::chrono::seconds client_alive_interval{0};
    idle_limits idle;                    ///< ChannelTimeout and UnusedConnectionTimeout
    unsigned client_alive_count_max = 3; ///< 0: silence never ends the connection
    std::string log_level = "INFO", syslog_facility = "AUTH";
    // Keywords that sshd does not have.
    bool terminate_sessions = false;    ///< the end of the server ends its sessions
    std::optional<std::chrono::seconds> end_programs_after; ///< for programs whose client has gone; nothing: they live on

private:
    friend struct detail::access;
    std::shared_ptr<const conf::setting_store> self_;
};

/// A configuration of a server, read. Copies share their content. A default-constructed object has no lines. Several threads may
/// ask one object at the same time.
class sshd_config {
public:
    sshd_config();

    /// Reads a text as if it were a file of this name. All lines are judged, those of Match blocks included.
    /// Errors: errc::bad_configuration; failure_detail::place says where. A keyword that is not implemented is an error if
    /// leaving it out would allow what the line forbids.
    static outcome<sshd_config> parse(std::string_view text, std::string name = "configuration", const config_reading& how = {});
    /// Reads a file. Errors: errc::bad_configuration, also for a file that does not exist.
    static outcome<sshd_config> load(const std::string& path, const config_reading& how = {});

    /// Sets a keyword before every line: "Port=2222", "PermitTTY no". `name` is how messages call the line. Ports that are set so
    /// replace those of the file. A Match block that holds is stronger. Errors: errc::bad_configuration.
    outcome<void> set(std::string_view line, std::string name = "command line");

    /// Returns: the settings of the server, without Match blocks but those of "Match all".
    /// Errors: errc::bad_configuration if keywords do not fit together.
    outcome<sshd_settings> settings() const;
    /// Returns: the settings of a log-in: of each keyword, the first value in Match blocks that hold, else the server's.
    /// Errors: errc::bad_configuration if keywords do not fit together.
    outcome<sshd_settings> settings_for(const login_facts& who) const;
    /// Returns: whether the file has a Match block that depends on facts.
    bool has_match() const noexcept;

    /// Lines that have no effect, with their places.
    const std::vector<std::pair<config_note, std::string>>& notes() const noexcept;

private:
    friend struct detail::access;
    std::shared_ptr<const conf::server_document> self_;
};

} // namespace sshoal
