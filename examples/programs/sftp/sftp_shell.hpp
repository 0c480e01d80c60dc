// sftp_shell.hpp - one session of sshoal-sftp: what the command line asks for, then commands until there are no more.
#pragma once

#include "remote_session.hpp"
#include "sftp_command_line.hpp"

namespace programs {

/// Returns: the exit status. Errors (thrown): what ended the session.
sshoal::awaitable<int> run_sftp_shell(std::shared_ptr<remote_session> session, const sftp_command_line& line);

} // namespace programs
