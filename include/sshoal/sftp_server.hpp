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
    /// Requests by their names in lower case ("open", "read", "posix-rename", "statvfs", ...; request_names() lists them). Those
    /// that are denied, or not among the allowed where that list is not empty, are answered with permission_denied and their
    /// extensions not offered. Errors of serve(): errc::invalid_argument for a name that does not exist.
    serve_options& allow(std::vector<std::string> requests) { allow_ = std::move(requests); return *this; }
    serve_options& deny(std::vector<std::string> requests) { deny_ = std::move(requests); return *this; }
    /// Even where the file system is not. This is about SFTP alone: scp::serve() goes by the file system.
    serve_options& read_only(bool on = true) { read_only_ = on; return *this; }
    /// Files and directories open at once; default 1024.
    serve_options& max_handles(std::size_t n) { handles_ = n; return *this; }
    /// Requests that are worked on at once; a client that sends more waits. They are answered in the order in which they end;
    /// what is asked of one handle, or of paths, keeps its order. Default 8.
    serve_options& max_parallel(std::size_t n) { parallel_ = n; return *this; }
    /// Replies that may wait for the client to read them; no request is read meanwhile. Default 1 MiB.
    serve_options& max_unread(std::size_t bytes) { unread_ = bytes; return *this; }
    /// Longest packet of the client, without its length field; default and most 256 KiB, least 34,000 (§3).
    serve_options& max_packet(std::size_t bytes) { packet_ = bytes; return *this; }
    /// Entries in one reply to READDIR. Default 128.
    serve_options& max_entries(std::size_t n) { entries_ = n; return *this; }
    /// What the client calls itself ("SSH-2.0-AsyncSSH_2.10.1"): which path comes first in its SYMLINK depends on that. Default:
    /// what the session's connection says; over a stream nothing, which means OpenSSH's order.
    serve_options& client(std::string identification) { client_ = std::move(identification); return *this; }
    /// What happens in the session: log_level::info for opens, closes and changes, debug for every request.
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

/// Every name that allow() and deny() know.
std::vector<std::string> request_names();

/// Serves SFTP on a session that has been accepted, until the client is done; then tells exit status 0 (1 where the client broke
/// the protocol) and closes. Files that the client left open are closed.
///
///     while (auto request = co_await connection.next_session())
///         if (request->what == session_request::kind::subsystem && request->command == "sftp")
///             spawn(connection, sftp::serve(request->accept(), files));
///
/// Returns: when the client is done. Errors: errc::invalid_argument (options); what ended the connection.
/// Cancellation: terminal - the channel is closed. Executor: the connection's strand, where the file system's members are called.
awaitable<void> serve(server_session session, std::shared_ptr<file_system> files, serve_options options = serve_options());

/// The same over any stream, such as a pair of descriptors. Returns: at a clean end of input. Errors: errc::protocol_error and
/// others where the client broke the protocol.
awaitable<void> serve(std::unique_ptr<byte_stream> stream, std::shared_ptr<file_system> files,
                      serve_options options = serve_options());

} // namespace sftp
} // namespace sshoal
