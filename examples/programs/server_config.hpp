// server_config.hpp - the configuration of sshoald, from its command line and sshd_config (sshd_config(5)).
#pragma once

#include "config_file.hpp"
#include "program_log.hpp"
#include "sftp_service.hpp"

#include <sshoal/algorithms.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace programs {

enum class root_login { no, prohibit_password, yes };

struct listen_place {
    std::string host;
    std::optional<std::uint16_t> port;
};

struct startup_limits {
    unsigned begin = 10, rate = 30, full = 100;
};

/// The first of several values for a keyword counts; lists grow.
struct server_config {
    // Addresses and files.
    std::vector<std::uint16_t> ports;
    std::vector<listen_place> listen;
    std::optional<std::string> address_family, pid_file;
    std::vector<std::string> host_keys;
    bool host_keys_by_default = false; ///< the usual files; those that do not exist are no error
    // Log-ins.
    std::optional<std::vector<std::string>> authorized_keys_files;
    std::optional<bool> strict_modes, publickey, password, interactive, use_pam;
    std::optional<root_login> permit_root;
    std::vector<std::string> allow_users, deny_users, allow_groups, deny_groups;
    std::optional<unsigned> max_auth_tries, required_rsa_bits;
    std::optional<std::chrono::seconds> login_grace;
    std::optional<startup_limits> max_startups;
    std::optional<std::string> banner;
    // Sessions.
    std::optional<unsigned> max_sessions, alive_count;
    std::optional<std::chrono::seconds> alive_interval;
    std::vector<std::string> accept_env;
    std::vector<std::pair<std::string, std::string>> set_env, subsystems;
    std::vector<std::pair<std::string, sftp_call>> internal_sftp; ///< subsystems of this process
    std::optional<std::string> force_command, chroot;
    std::optional<sftp_call> forced_sftp; ///< force_command is internal-sftp
    std::optional<bool> permit_tty, compression;
    // Keywords that only sshoald has.
    std::optional<bool> terminate_sessions;               ///< SIGTERM ends sessions
    std::optional<std::chrono::seconds> program_patience; ///< for programs whose client has gone; none: they live on
    bool program_patience_set = false;
    // Connections.
    sshoal::algorithms algorithms;
    std::vector<std::string> algorithm_keywords; ///< keywords that have had a value
    std::optional<std::uint64_t> rekey_bytes;
    std::optional<std::chrono::seconds> rekey_time;
    bool rekey_set = false;
    std::optional<std::string> moduli_file;
    std::optional<verbosity> log_level;
    std::optional<int> log_facility;
};

/// Applies one line. Errors: config_error; warnings go to the log.
void apply_server_line(server_config& c, const config_line& line);
/// Applies all lines of a file. Errors: config_error, also if there is no such file.
void read_server_config(server_config& c, const std::string& path);
/// Fills in the defaults of keywords that have no value.
void complete_server_config(server_config& c);
/// Returns: the configuration as `sshd -T` shows it.
std::string describe_server_config(const server_config& c);

} // namespace programs
