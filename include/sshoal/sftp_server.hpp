// sftp_server.hpp - the server's end of SFTP, version 3 with OpenSSH's extensions (draft-ietf-secsh-filexfer-02).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/file_system.hpp>
#include <sshoal/log.hpp>
#include <sshoal/server_connection.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {
namespace sftp {

/// Options of serve(). Setters return the object.
class serve_options {
public:
    serve_options() {}
    /// Allows or denies requests by their names in lower case ("open", "read", "posix-rename", "statvfs", ...; request_names()
    /// lists them). A request that is denied, or is not in a list of allowed requests, is answered with permission_denied, and
    /// its extension is not offered. Errors of serve(): errc::invalid_argument for an unknown name.
    serve_options& allow(std::vector<std::string> requests) { allow_ = std::move(requests); return *this; }
    serve_options& deny(std::vector<std::string> requests) { deny_ = std::move(requests); return *this; }
    /// Refuses changes even if the file system would take them. This concerns SFTP alone: scp::serve() goes by the file system.
    serve_options& read_only(bool on = true) { read_only_ = on; return *this; }
    /// The most files and directories open at once. Default 1024.
    serve_options& max_handles(std::size_t n) { handles_ = n; return *this; }
    /// The most requests that are worked on at once; a client that sends more waits. Requests are answered in the order in which
    /// they end; requests for one handle, and requests that change names, keep their order. Default 8.
    serve_options& max_parallel(std::size_t n) { parallel_ = n; return *this; }
    /// The most bytes of replies that may wait for the client to read them; no further request is read meanwhile. Default 1 MiB.
    serve_options& max_unread(std::size_t bytes) { unread_ = bytes; return *this; }
    /// The longest packet that is accepted from the client, without its length field. Default, and the most: 256 KiB; at least
    /// 34,000 (§3).
    serve_options& max_packet(std::size_t bytes) { packet_ = bytes; return *this; }
    /// The most entries in one reply to READDIR. Default 128.
    serve_options& max_entries(std::size_t n) { entries_ = n; return *this; }
    /// The client's identification ("SSH-2.0-AsyncSSH_2.10.1"), which decides about the order of the paths in SYMLINK. Default:
    /// the identification of the session's connection; over a stream none, which means OpenSSH's order.
    serve_options& client(std::string identification) { client_ = std::move(identification); return *this; }
    /// Logs the session: opens, closes and changes with log_level::info, every request with debug.
    serve_options& log(log_function f, log_level most = log_level::info) { log_ = std::move(f); level_ = most; return *this; }

    const std::vector<std::string>& allow() const noexcept { return allow_; }
    const std::vector<std::string>& deny() const noexcept { return deny_; }
    bool is_read_only() const noexcept { return read_only_; }
    std::size_t max_handles() const noexcept { return handles_; }
    std::size_t max_parallel() const noexcept { return parallel_; }
    std::size_t max_unread() const noexcept { return unread_; }
    std::size_t max_packet() const noexcept { return packet_; }
    std::size_t max_entries() const noexcept { return entries_; }
    const std::string& client() const noexcept { return client_; }
    const log_function& log() const noexcept { return log_; }
    log_level level() const noexcept { return level_; }

private:
    std::vector<std::string> allow_, deny_;
    bool read_only_ = false;
    std::size_t handles_ = 1024, parallel_ = 8, unread_ = 1u << 20, packet_ = 256 * 1024, entries_ = 128;
    std::string client_;
    log_function log_;
    log_level level_ = log_level::info;
};

/// Returns: every name that allow() and deny() know.
std::vector<std::string> request_names();

/// Serves SFTP on a session that has been accepted, until the client is done. Then sends exit status 0 (1 if the client broke the
/// protocol) and closes the channel. Files that the client left open are closed.
///
///     while (auto request = co_await connection.next_session())
///         if (request->what == session_request::kind::subsystem && request->command == "sftp")
///             spawn(connection, sftp::serve(request->accept(), files));
///
/// Returns: when the client is done. Errors: errc::invalid_argument (options); the failure that ended the connection.
/// Cancellation: terminal - the channel is closed. Executor: any; the file system's members are called on the connection's
/// strand.
awaitable<void> serve(server_session session, std::shared_ptr<file_system> files, serve_options options = serve_options());

/// The same over any stream, such as a pair of descriptors. Returns: at a clean end of input. Errors: errc::protocol_error and
/// others if the client broke the protocol.
awaitable<void> serve(std::unique_ptr<byte_stream> stream, std::shared_ptr<file_system> files,
                      serve_options options = serve_options());

} // namespace sftp
} // namespace sshoal
