// client_config.hpp - the configuration of sshoal, from its command line and ssh_config (ssh_config(5)).
#pragma once

#include "config_file.hpp"
#include "program_log.hpp"

#include <sshoal/algorithms.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace programs {

enum class host_key_checking { no, accept_new, ask, yes };
enum class terminal_wish { no, automatic, yes, force };
enum class session_kind { command, subsystem, none };

/// The first of several values for a keyword counts; lists grow.
struct client_config {
    // The server's address.
    std::optional<std::string> host_name, user, proxy_command, address_family;
    std::optional<std::uint16_t> port;
    std::optional<std::chrono::seconds> connect_timeout;
    std::optional<unsigned> connection_attempts;
    // These settings say which host keys are trusted.
    std::optional<std::string> host_key_alias;
    std::optional<std::vector<std::string>> user_known_hosts, global_known_hosts;
    std::optional<host_key_checking> strict_checking;
    std::optional<bool> hash_known_hosts;
    std::optional<unsigned> required_rsa_bits;
    // The log-in.
    std::vector<std::string> identity_files;
    std::optional<std::string> identity_agent, preferred_methods;
    std::optional<bool> identities_only, publickey, password, interactive, batch;
    std::optional<unsigned> password_prompts;
    // The session.
    std::optional<std::string> remote_command;
    std::vector<std::string> send_env; ///< patterns
    std::optional<std::vector<std::pair<std::string, std::string>>> set_env;
    std::optional<terminal_wish> terminal;
    std::optional<session_kind> session;
    std::optional<bool> null_input, to_background, compression;
    std::optional<std::optional<char>> escape_character; ///< none: there are no escape sequences
    // The connection.
    sshoal::algorithms algorithms;
    std::vector<std::string> algorithm_keywords; ///< keywords that have had a value
    std::optional<std::uint64_t> rekey_bytes;
    std::optional<std::chrono::seconds> rekey_time, alive_interval;
    bool rekey_set = false;
    std::optional<unsigned> alive_count;
    std::optional<verbosity> log_level;
    std::optional<std::string> tag; ///< for Match tagged
    // These keywords are not implemented.
    std::vector<config_line> unsupported; ///< the first line of each keyword, for judge_unsupported()
    std::vector<config_line> forwardings;
    std::optional<bool> clear_forwardings;
    std::vector<std::string> ignored; ///< patterns of IgnoreUnknown
};

/// Applies one line, which is not Host, Match or Include. Errors: config_error; warnings go to the log.
void apply_client_line(client_config& c, const config_line& line);
/// Applies a line of the program's own command line: "Port 22", "Port=22".
void apply_client_option(client_config& c, std::string_view text);

/// Returns: whether this is a keyword of OpenSSH that is not implemented; judge_unsupported() decides about it.
bool is_unsupported_keyword(std::string_view keyword);
/// Returns: the line that counts for such a keyword; null if there is none.
const config_line* unsupported_line(const client_config& c, std::string_view keyword);
/// Passes over keywords that are not implemented: harmless ones with a debug line, others that the user may miss with a warning.
/// Errors: config_error, for a keyword that must not be ignored.
void judge_unsupported(const client_config& c);

/// Returns: whether the name may become part of a command for a shell, as in "ProxyCommand nc %h %p". Names come from links and
/// from lists of repositories too, so they must not hold characters that a shell would act on (CVE-2023-51385).
bool is_harmless_host(std::string_view name);
bool is_harmless_user(std::string_view name);

/// The account that runs this program.
std::string local_user();

/// Expands the tokens of ssh_config(5), "~" and "${NAME}" in the name of a file. Errors: config_error.
std::string expand_client_tokens(const client_config& c, const std::string& host, const std::string& text);
/// Expands the tokens in a command for a shell; the shell itself expands "~" and "${NAME}". Errors: config_error.
std::string expand_client_command(const client_config& c, const std::string& host, const std::string& text);
/// Returns: the name that HostName gives the host. Errors: config_error.
std::string expand_host_name(const client_config& c, const std::string& host);

/// Fills in the defaults of keywords that have no value. Errors: config_error.
void complete_client_config(client_config& c, const std::string& host);
/// Expands the names of files; those below a home folder that is not there are left out. Errors: config_error.
void expand_client_files(client_config& c, const std::string& host);

/// Returns: the output of -G, as OpenSSH writes it. Call this between the two functions above.
std::string describe_client_config(const client_config& c, const std::string& host);

/// The number of flags -v and -q.
struct loudness {
    unsigned loud = 0, quiet = 0;
};
/// Sets the level of the log by the flags, else by the configuration, as far as it has been read.
void set_log_level(const client_config& c, loudness flags);

/// Reads the files and completes `c` for a connection. Warnings go to the log. Errors: config_error.
void load_client_config(client_config& c, const std::optional<std::string>& named, const std::string& host, loudness flags);

} // namespace programs
