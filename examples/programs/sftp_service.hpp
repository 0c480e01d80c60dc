// sftp_service.hpp - the command line of sftp-server(8), which is also what follows internal-sftp in sshd_config(5), and what it
// asks for.
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
    std::vector<std::string> words; ///< all this, as it was given
    // Of the process that sshoald starts for a session, and of no other.
    std::string chroot, user, client;
};

enum class sftp_caller {
    configuration, ///< of sshoald
    session,       ///< sshoald itself, for a session
    command_line,  ///< anybody; words that are no options are ignored, for `scp -D` adds some
};

/// Errors: usage_error, for whatever cannot be done to the letter.
sftp_call parse_sftp_call(const std::vector<std::string>& words, sftp_caller caller);

/// `home` and `user` are what "%d" and "%u" stand for; `begin` is where relative paths begin without -d; empty: at home.
std::shared_ptr<sshoal::sftp::file_system> sftp_files(const sftp_call& call, const std::string& home, const std::string& user,
                                                      const std::string& begin);
/// Logs with the program's log, as much as the call wants.
sshoal::sftp::serve_options sftp_options(const sftp_call& call);

/// Files on descriptors 0 and 1, with the rights of this process, or those of call.user below call.chroot.
/// Returns: the status to exit with; 0 at a clean end of input.
int serve_sftp_on_standard_io(sftp_call call, const char* program);

/// The process may not be traced, nor its memory reached through /proc: files are all that a session gets.
void forbid_tracing() noexcept;

} // namespace programs
