// server_config.hpp - the configuration of sshoald: sshd_config, and the parts of it that sshoald carries out itself.
#pragma once

#include "config_error.hpp"
#include "program_log.hpp"
#include "sftp_service.hpp"

#include <sshoal/sshd_config.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace programs {

using shared_settings = std::shared_ptr<const sshoal::sshd_settings>;

struct server_config {
    sshoal::sshd_config file;
    shared_settings server; ///< the settings before a log-in
};

/// Reads a file; "none" is no file. `lines` come before those of the file. Lines without effect are told to the log.
/// Errors: config_error.
std::shared_ptr<const server_config> load_server_config(const std::string& path, const std::vector<std::string>& lines);
/// Makes a configuration of what has been read. Errors: config_error.
std::shared_ptr<const server_config> make_server_config(sshoal::sshd_config file);

/// Returns: the settings of a log-in. Errors: config_error.
shared_settings settings_for(const server_config& config, const sshoal::login_facts& who);

/// Writes a line about a log-in to the log, as LogLevel of its settings says.
void say_of(const sshoal::sshd_settings& its, const server_config& config, verbosity v, const std::string& text,
            const std::source_location& at = std::source_location::current());
/// Returns: the level of the library's lines about a log-in.
sshoal::log_level library_level_of(const sshoal::sshd_settings& its, const server_config& config);

/// Reads "user=alice,addr=192.0.2.1,host=pc,laddr=192.0.2.2,lport=22,rdomain=x,invalid-user", the argument of -C.
/// Errors: usage_error.
void read_login_facts(sshoal::login_facts& into, const std::string& text);

/// Returns: the call of internal-sftp that the command is; nothing for another command. Errors: config_error, for words that cannot
/// be followed.
std::optional<sftp_call> internal_sftp_call(const std::string& command);

/// Returns: the number of a facility of syslog, "AUTH".
int facility_named(const std::string& name);

} // namespace programs
