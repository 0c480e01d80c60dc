// client_config.hpp - what sshoal's command line and ssh_config say (ssh_config(5)).
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

/// Of several values for a keyword the first counts; lists grow.
struct client_config {
    // Where.
    std::optional<std::string> host_name, user, proxy_command, address_family;
    std::optional<std::uint16_t> port;
    std::optional<std::chrono::seconds> connect_timeout;
    std::optional<unsigned> connection_attempts;
    // Whom we trust.
    std::optional<std::string> host_key_alias;
    std::optional<std::vector<std::string>> user_known_hosts, global_known_hosts;
    std::optional<host_key_checking> strict_checking;
    std::optional<bool> hash_known_hosts;
    std::optional<unsigned> required_rsa_bits;
    // Who we are.
    std::vector<std::string> identity_files;
    std::optional<std::string> identity_agent, preferred_methods;
    std::optional<bool> identities_only, publickey, password, interactive, batch;
    std::optional<unsigned> password_prompts;
    // What.
    std::optional<std::string> remote_command;
    std::vector<std::string> send_env;
    std::optional<std::vector<std::pair<std::string, std::string>>> set_env;
    std::optional<terminal_wish> terminal;
    std::optional<session_kind> session;
    std::optional<bool> null_input, to_background, compression;
    // How.
    sshoal::algorithms algorithms;
    std::vector<std::string> algorithm_keywords; ///< those that have had their say
    std::optional<std::uint64_t> rekey_bytes;
    std::optional<std::chrono::seconds> rekey_time, alive_interval;
    bool rekey_set = false;
    std::optional<unsigned> alive_count;
    std::optional<verbosity> log_level;
    // Not implemented, unless they are cleared.
    std::optional<bool> clear_forwardings;
    std::string first_forwarding; ///< its place
    std::vector<std::string> ignored; ///< patterns of IgnoreUnknown
};

/// Takes in one line, which is not Host, Match or Include. Errors: config_error; warnings go to the log.
void apply_client_line(client_config& c, const config_line& line);
/// Whether this may become part of a command for a shell, as in "ProxyCommand nc %h %p": names come from links and from lists of
/// repositories too, and a shell must find nothing in them that it would act on (CVE-2023-51385).
bool is_harmless_host(std::string_view name);
bool is_harmless_user(std::string_view name);

enum class config_origin {
    named,  ///< by the command line
    user,   ///< ~/.ssh/config, which nobody else may have written
    system, ///< below /etc/ssh
};

/// The lines of a file that are for `host`. Returns: false where there is no such file. Errors: config_error.
bool read_client_config(client_config& c, const std::string& path, const std::string& host, config_origin origin);
/// The file that -F names ("none": no file), or the user's and the system's. Errors: config_error.
void read_client_configuration(client_config& c, const std::optional<std::string>& named, const std::string& host);
/// Fills in what nobody has said. Errors: config_error, for what must not be overlooked.
void complete_client_config(client_config& c, const std::string& host);

/// Tokens of ssh_config(5). Errors: config_error.
std::string expand_client_tokens(const client_config& c, const std::string& host, const std::string& text);

} // namespace programs
