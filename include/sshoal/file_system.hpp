// file_system.hpp - what SFTP and SCP servers serve: derive to serve files of your own making. local_file_system.hpp and
// memory_file_system.hpp are ready-made.
#pragma once

#include <sshoal/executor.hpp>
#include <sshoal/sftp_types.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sshoal::sftp {

/// A file that is open. The last reference gone, it is closed: keep what must be undone in the destructor too.
///
/// For all members here and in file_system. Returns: an outcome; fail(status::...) and fail_errno(errno) make failures, whose
/// text the client sees. An exception that is thrown becomes status::failure, or what its code says. The default is
/// status::op_unsupported. Cancellation: terminal, when the session ends; honour it or finish soon. Executor: the session's
/// strand; what waits for a disk belongs elsewhere (run_on.hpp). Lifetime: buffers live until the operation completes.
class open_file {
public:
    virtual ~open_file() = default;
    /// Returns: bytes read; 0 only at the end. Fewer than asked is allowed; the client asks again for the rest.
    virtual awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into);
    /// Writes all of it; files opened with append ignore the offset.
    virtual awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from);
    virtual awaitable<outcome<attributes>> stat();
    virtual awaitable<outcome<void>> set_attributes(attributes a);
    virtual awaitable<outcome<void>> sync();
    virtual awaitable<outcome<file_system_info>> statvfs();
    /// The client's CLOSE: the last chance to report a failed write. Not called where a client just goes.
    virtual awaitable<outcome<void>> close();
};

/// A directory that is being read.
class directory_reader {
public:
    virtual ~directory_reader() = default;
    /// Returns: the next entries, at most `most`; none at the end. "." and ".." are among them where the system has them.
    virtual awaitable<outcome<std::vector<directory_entry>>> read(std::size_t most) = 0;
};

/// The files that a session sees. May be shared by sessions; those run on strands of their own, so it must then bear calls from
/// several threads. Paths are what the client sent: any bytes but NUL, absolute or relative, not normalized.
class file_system {
public:
    virtual ~file_system() = default;
    virtual awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes initial);
    virtual awaitable<outcome<std::shared_ptr<directory_reader>>> open_directory(std::string path);
    virtual awaitable<outcome<attributes>> stat(std::string path);  ///< follows links
    virtual awaitable<outcome<attributes>> lstat(std::string path); ///< default: stat()
    virtual awaitable<outcome<void>> set_attributes(std::string path, attributes a);
    virtual awaitable<outcome<void>> set_link_attributes(std::string path, attributes a); ///< lsetstat@openssh.com
    virtual awaitable<outcome<void>> remove(std::string path);
    virtual awaitable<outcome<void>> make_directory(std::string path, attributes initial);
    virtual awaitable<outcome<void>> remove_directory(std::string path);
    virtual awaitable<outcome<void>> rename(std::string from, std::string to); ///< fails where `to` exists (§6.5)
    virtual awaitable<outcome<void>> replace(std::string from, std::string to); ///< posix-rename@openssh.com: replaces `to`
    virtual awaitable<outcome<void>> make_symlink(std::string target, std::string link);
    virtual awaitable<outcome<void>> make_hard_link(std::string existing, std::string link);
    virtual awaitable<outcome<std::string>> read_link(std::string path);
    /// Returns: the absolute path without ".", ".." and links; of a path whose last part does not exist, too.
    virtual awaitable<outcome<std::string>> real_path(std::string path);
    virtual awaitable<outcome<file_system_info>> statvfs(std::string path);
    /// Returns: the path with "~" and "~user" at its head replaced, then as real_path(). expand-path@openssh.com
    virtual awaitable<outcome<std::string>> expand_path(std::string path);
    virtual awaitable<outcome<std::string>> home_directory(std::string user); ///< home-directory; empty: the session's own user
    /// Returns: names in the order of the ids; empty ones where there is no name. users-groups-by-id@openssh.com
    virtual awaitable<outcome<std::pair<std::vector<std::string>, std::vector<std::string>>>>
    names_of(std::vector<std::uint32_t> users, std::vector<std::uint32_t> groups);
    /// Extensions of those above that work here, so that clients are told of no others. Default: none of the optional ones;
    /// fsync, limits, copy-data and check-file are made from open_file's members and always offered.
    virtual std::vector<std::string_view> extensions() const;
    /// Nothing can be changed: clients' attempts are refused before they get here.
    virtual bool read_only() const noexcept { return false; }
};

} // namespace sshoal::sftp
