// sftp_service.hpp - the command line of sftp-server(8), which sshd_config(5) also has behind internal-sftp, and the service that
// it asks for.
#pragma once

#include "program_log.hpp"

#include <sshoal/local_file_system.hpp>
#include <sshoal/sftp_server.hpp>

#include <optional>
#include <string>
#include <vector>

namespace programs {

struct sftp_call {
    bool read_only = false, to_stderr = false, list_requests = false;
    std::vector<std::string> allowed, denied;
    std::string start; ///< with tokens
    std::optional<unsigned> umask;
    verbosity level = verbosity::error;
    int facility;
    std::vector<std::string> words; ///< the whole command line
    // Only for the process that sshoald starts for a session.
    std::string chroot, user, client;
};

enum class sftp_caller {
    configuration, ///< of sshoald
    session,       ///< sshoald itself, for a session
    command_line,  ///< any caller; words that are no options are ignored, since `scp -D` adds some
};

/// Errors: usage_error, for a word that cannot be followed exactly.
sftp_call parse_sftp_call(const std::vector<std::string>& words, sftp_caller caller);

/// `home` and `user` are what "%d" and "%u" stand for; `begin` is where relative paths begin without -d; empty: at home.
std::shared_ptr<sshoal::sftp::file_system> sftp_files(const sftp_call& call, const std::string& home, const std::string& user,
                                                      const std::string& begin);
/// Sets the program's log to the level that the call wants.
sshoal::sftp::serve_options sftp_options(const sftp_call& call);

/// Serves files on descriptors 0 and 1, with the rights of this process, or those of call.user below call.chroot.
/// Returns: the status to exit with; 0 at a clean end of input.
int serve_sftp_on_standard_io(sftp_call call, const char* program);

/// Forbids tracing the process, and reaching its memory through /proc, so that a session gets only files.
void forbid_tracing() noexcept;

} // namespace programs
