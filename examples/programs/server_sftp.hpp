// server_sftp.hpp - internal-sftp: sessions of sshoald that are served with files, without a shell or a program of the user's.
#pragma once

#include "server_config.hpp"

#include <sshoal/process_runner.hpp>
#include <sshoal/server_connection.hpp>

#include <memory>

namespace programs {

/// What internal-sftp does with this request; null where the request is not its business.
const sftp_call* internal_sftp_for(const sshoal::session_request& request, const server_config& config) noexcept;

/// Serves it: in this process where it runs as that very user, else in a process of its own, which goes below ChrootDirectory and
/// takes on the user's identity before it reads a byte of the client's.
sshoal::awaitable<void> serve_internal_sftp(sshoal::session_request request, std::shared_ptr<const server_config> config,
                                            std::string account);

/// `sshoald internal-sftp ...`: that process. Returns: the status to exit with.
int run_internal_sftp(const std::vector<std::string>& words);

} // namespace programs
