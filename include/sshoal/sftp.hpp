// sftp.hpp - the client's end of SFTP, version 3 with OpenSSH's extensions (draft-ietf-secsh-filexfer-02).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/sftp_file.hpp>
#include <sshoal/sftp_transfer.hpp>
#include <sshoal/sftp_types.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal::sftp {
struct client_handle;
struct walker_state;
} // namespace sshoal::sftp

namespace sshoal SSHOAL_API {
namespace sftp {

class walker;

/// One SFTP session. The object is a cheap handle: copies share the session. The session ends, without waiting, when the last
/// handle of it and of its files and directories is gone.
///
///     auto sftp = co_await connection.open_sftp();
///     std::string text = co_await sftp.read_all("/etc/motd");
///     co_await sftp.put("report.pdf", "incoming/");
///
/// For all operations. Errors: sftp::status if the server refuses (context: the path and the server's text), errc::not_supported
/// for an extension that the server does not have, errc::protocol_error and others for an answer that breaks the protocol and
/// ends the session, and the failure that ended the connection. Cancellation: terminal, partial, total - a request that has been
/// sent is not taken back; its late answer is dropped, and a handle in that answer is closed. Executor: any; no hop is made on
/// get_executor(), the connection's strand. Lifetime: arguments are copied, but spans must live until the operation completes.
/// Any number of operations may run side by side.
///
/// Paths are bytes without a NUL (errc::invalid_argument; nothing is sent). Relative paths begin in the directory of the last
/// change_directory(), or else where the server starts.
class client {
public:
    client() noexcept; ///< a handle without a session
    explicit operator bool() const noexcept { return bool(self_); }

    // -- files and directories ------------------------------------------------------------------------------------------------
    awaitable<file> open(std::string path, open_mode mode = open_mode::read, attributes initial = attributes());
    awaitable<file> open(std::string path, const char* mode) { return open(std::move(path), mode_of(mode)); } ///< "r", "w+", ...
    awaitable<directory> open_directory(std::string path = ".");
    /// Returns: all entries but "." and "..", in the server's order.
    awaitable<std::vector<directory_entry>> list(std::string path = ".");
    awaitable<std::string> read_all(std::string path, std::size_t most = 1u << 30); ///< Errors: errc::capture_limit
    awaitable<void> write_all(std::string path, std::span<const std::byte> contents, attributes initial = attributes());
    awaitable<void> write_all(std::string path, std::string_view contents);

    // -- attributes ----------------------------------------------------------------------------------------------------------
    awaitable<attributes> stat(std::string path);
    awaitable<attributes> lstat(std::string path); ///< does not follow a link
    awaitable<bool> exists(std::string path);      ///< false for a dangling link
    awaitable<bool> is_directory(std::string path);
    awaitable<bool> is_regular(std::string path);
    awaitable<void> set_attributes(std::string path, attributes a);
    awaitable<void> set_link_attributes(std::string path, attributes a); ///< lsetstat@openssh.com
    awaitable<void> chmod(std::string path, std::uint32_t permissions);
    awaitable<void> chown(std::string path, std::uint32_t uid, std::uint32_t gid);
    awaitable<void> utime(std::string path, file_time access, file_time modification);
    awaitable<void> truncate(std::string path, std::uint64_t size);

    // -- names ---------------------------------------------------------------------------------------------------------------
    awaitable<void> make_directory(std::string path, attributes initial = attributes());
    awaitable<bool> create_directories(std::string path); ///< with its parents. Returns: whether a directory was made
    awaitable<void> remove(std::string path);             ///< a file or link
    awaitable<void> remove_directory(std::string path);   ///< an empty directory
    /// Removes a file, or a directory with everything in it; links are removed, not followed.
    /// Returns: how many files and directories were removed; 0 if there is nothing at the path.
    awaitable<std::uint64_t> remove_all(std::string path);
    awaitable<void> rename(std::string from, std::string to);  ///< fails where `to` exists (§6.5)
    awaitable<void> replace(std::string from, std::string to); ///< posix-rename@openssh.com: replaces `to` in one step
    awaitable<void> make_symlink(std::string target, std::string link);
    awaitable<void> make_hard_link(std::string existing_path, std::string link); ///< hardlink@openssh.com
    awaitable<std::string> read_link(std::string path);
    awaitable<std::string> real_path(std::string path);
    awaitable<std::string> expand_path(std::string path);            ///< "~", "~user/x". expand-path@openssh.com
    awaitable<std::string> home_directory(std::string user = {});    ///< home-directory, or by expand-path
    /// Relative paths begin in this directory from now on. Errors: status::no_such_file, status::not_a_directory.
    awaitable<void> change_directory(std::string path);
    awaitable<std::string> working_directory();

    // -- many files ----------------------------------------------------------------------------------------------------------
    /// Returns: a reader of the tree below a directory, top first: co_await walk.next(). Links are not followed.
    walker walk(std::string path);
    /// Returns: the sorted paths that match a pattern with * ? [a-z] [!a]. No wildcard matches a '/'. A pattern without wildcards
    /// stands for itself, if that path exists. Names that begin with a dot match only patterns that begin with a dot.
    awaitable<std::vector<std::string>> glob(std::string pattern);

    // -- transfers -----------------------------------------------------------------------------------------------------------
    /// Copies a file, or with recursive() a directory, to this machine, or to transfer_options::files(). If the target is an
    /// existing directory or ends with '/', the copy goes into that directory under the source's last name. The contents of
    /// "tree/." go into the target itself, so that a second run meets the first run's files. The target's parents must exist.
    /// Returns: what was moved; single files of trees and patterns that fail are in transfer_result::skipped. Errors:
    /// errc::file_error for the local side; status::no_such_file if no path matches. Cancellation: terminal - no operation is
    /// left running; the bytes that have arrived of a file stay, unless the transfer is by_rename().
    awaitable<transfer_result> get(std::string remote, std::string local, transfer_options how = transfer_options());
    awaitable<transfer_result> put(std::string local, std::string remote, transfer_options how = transfer_options());
    /// Moves one file between the server and memory. The options are those of put() and get(), such as progress(), rate(),
    /// by_rename() and verify(); those about trees, patterns and files of this side mean nothing.
    /// Returns: put_contents(): what was moved; get_contents(): the file. Errors: errc::capture_limit if the file has more than
    /// `most` bytes; those of get() and put(). Cancellation: as get().
    awaitable<transfer_result> put_contents(std::string contents, std::string remote, transfer_options how = transfer_options());
    awaitable<std::string> get_contents(std::string remote, transfer_options how = transfer_options(),
                                        std::size_t most = 1u << 30);
    /// Moves one file between the server and a function, which is called for one part of the file after the other and may wait.
    /// The parts that are under way meanwhile are bounded by transfer_options::bytes_at_once(). resume() and verify() cannot be
    /// used. Returns, errors and cancellation: as get(). Lifetime: what the function refers to must live until the end.
    awaitable<transfer_result> put_from(transfer_source from, std::string remote, transfer_options how = transfer_options());
    awaitable<transfer_result> get_to(std::string remote, transfer_sink to, transfer_options how = transfer_options());
    /// Copies within the server, by copy-data if the server offers that, so that no data travels; else through this machine.
    awaitable<transfer_result> copy(std::string from, std::string to, transfer_options how = transfer_options());
    /// Copies from this server to another, through this machine's memory.
    awaitable<transfer_result> copy_to(client other, std::string from, std::string to, transfer_options how = transfer_options());
    /// Copies a part of a file into another file with the extension copy-data; `length` 0: to the end of the file.
    /// Errors: errc::not_supported.
    awaitable<void> copy_data(file from, std::uint64_t offset, std::uint64_t length, file to, std::uint64_t to_offset);

    // -- the server ----------------------------------------------------------------------------------------------------------
    awaitable<file_system_info> statvfs(std::string path); ///< statvfs@openssh.com
    /// users-groups-by-id@openssh.com. Returns: names in the order of the ids; an empty name for an id without a name.
    awaitable<std::pair<std::vector<std::string>, std::vector<std::string>>> names_of(std::vector<std::uint32_t> users,
                                                                                      std::vector<std::uint32_t> groups);
    /// Returns: whether the server offers an extension (see sftp::extension). May be called on any thread.
    bool supports(std::string_view extension_name) const noexcept;
    /// Returns: the data that the server sent with the extension's name, such as "1"; empty if the server does not offer it.
    std::string extension_data(std::string_view extension_name) const;
    server_limits limits() const;                ///< from limits@openssh.com, else zeros
    std::uint32_t version() const noexcept;      ///< 3, or less if the server has an older version
    /// Sends an extended request for which this class has no function. Returns: the body of EXTENDED_REPLY; empty for status ok.
    awaitable<std::vector<std::byte>> extended(std::string name, std::vector<std::byte> body);

    /// Ends the session without waiting, and with it all open files. May be called on any thread.
    void close() noexcept;
    executor get_executor() const noexcept;

private:
    friend struct detail::access;
    explicit client(std::shared_ptr<client_handle> h) noexcept;
    std::shared_ptr<client_handle> self_;
};

/// An entry of the tree that a walker reads.
class walk_entry {
public:
    walk_entry() {}
    std::string path;  ///< the path of the start, '/', and the path below the start
    std::size_t depth = 0; ///< 0: an entry of the start
    directory_entry entry;
    /// Set for a directory that could not be read or is more than 1024 levels deep, and for a name that is not plain ("../x").
    /// The walk goes on.
    failure trouble;
};

/// Reads the tree below a directory, entry by entry, each directory before its contents. Memory: one directory handle per level.
class walker {
public:
    walker() noexcept;
    /// Returns: the next entry; nothing at the end. Errors: the start cannot be read. Cancellation, executor: as for client. One
    /// call at a time.
    awaitable<std::optional<walk_entry>> next();
    /// Leaves out the contents of the directory that next() returned last.
    void skip();

private:
    friend struct detail::access;
    explicit walker(std::shared_ptr<walker_state> s) noexcept;
    std::shared_ptr<walker_state> self_;
};

/// Options of open().
class client_options {
public:
    client_options() {}
    client_options& subsystem(std::string name) { subsystem_ = std::move(name); return *this; } ///< default "sftp"
    /// Runs a command instead of the subsystem, for servers without the subsystem: "/usr/lib/openssh/sftp-server".
    client_options& command(std::string line) { command_ = std::move(line); return *this; }
    /// The executor that waits for local files. Default: disk_threads().
    client_options& work(executor ex) { work_ = std::move(ex); return *this; }
    /// The longest packet that is accepted from the server. Default, and the most: 256 KiB.
    client_options& max_packet(std::size_t bytes) { packet_ = bytes; return *this; }
    /// The most requests under way at once; further requests wait here until an answer has come. Default 64, at least 1.
    client_options& requests_at_once(std::size_t n) { requests_ = n; return *this; }
    /// The most entries of a directory that list() returns: more are errc::capture_limit. Default 1,000,000. A `directory` that
    /// is read entry by entry has no limit.
    client_options& max_entries(std::size_t n) { entries_ = n; return *this; }
    const std::string& subsystem() const noexcept { return subsystem_; }
    const std::string& command() const noexcept { return command_; }
    const executor& work() const noexcept { return work_; }
    std::size_t max_packet() const noexcept { return packet_; }
    std::size_t max_entries() const noexcept { return entries_; }
    std::size_t requests_at_once() const noexcept { return requests_ > 0 ? requests_ : 1; }

private:
    std::string subsystem_ = "sftp", command_;
    executor work_;
    std::size_t packet_ = 256 * 1024, requests_ = 64, entries_ = 1'000'000;
};

/// Starts SFTP on a connection; connection::open_sftp() does the same.
/// Returns: when both ends have agreed on a version. Errors: errc::request_refused if the server has no SFTP,
/// errc::protocol_error if the answer is not SFTP. Cancellation: terminal - the channel is closed. Executor: any.
awaitable<client> open(connection over, client_options options = client_options());
/// The same over any stream, such as a pair of pipes to a server program. The session runs on the stream's home(), or else on the
/// strand of the calling coroutine.
awaitable<client> open(std::unique_ptr<byte_stream> over, client_options options = client_options());

} // namespace sftp
} // namespace sshoal
