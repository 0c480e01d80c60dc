// sftp_state.hpp - what the commands of sshoal-sftp share.
#pragma once

#include "progress_meter.hpp"
#include "remote_glob.hpp"
#include "sftp_command_line.hpp"
#include "sftp_commands.hpp"
#include "sftp_output.hpp"

#include <sshoal/sftp.hpp>

#include <string>

namespace programs {

struct sftp_state {
    sshoal::sftp::client sftp;
    const sftp_command_line* line = nullptr;
    std::string folder, first_folder; ///< at the server
    bool quiet = false, progress = true;
};

/// Returns: whether all of it worked; what did not has been said. `stop_at_error`: the first failure of several is the last.
/// Errors (thrown): what ended the session, operation_aborted.
sshoal::awaitable<bool> run_sftp_command(sftp_state& s, const sftp_command& c, bool stop_at_error);
sshoal::awaitable<bool> sftp_get(sftp_state& s, const sftp_command& c);
sshoal::awaitable<bool> sftp_put(sftp_state& s, const sftp_command& c);
sshoal::awaitable<bool> sftp_list(sftp_state& s, const sftp_command& c);

} // namespace programs
