// server_sftp.hpp - internal-sftp: serves files on sessions of sshoald, without a shell or a program of the user.
#pragma once

#include "server_config.hpp"

#include <sshoal/process_runner.hpp>
#include <sshoal/server_connection.hpp>

#include <memory>

namespace programs {

/// Returns: whether this request is for internal-sftp.
bool asks_for_internal_sftp(const sshoal::session_request& request, const sshoal::sshd_settings& settings);

/// Serves the request: in this process if it runs as that user, else in a process of its own, which enters ChrootDirectory and
/// changes to the user's identity before it reads a byte of the client.
sshoal::awaitable<void> serve_internal_sftp(sshoal::session_request request, shared_settings settings, std::string account);

/// The main function of that process, `sshoald internal-sftp ...`. Returns: the status to exit with.
int run_internal_sftp(const std::vector<std::string>& words);

} // namespace programs
