// file_system.hpp - the interface to the files that SFTP and SCP servers serve, and that a client's transfers read and write. A
// program derives from it to use files of its own making; local_file_system.hpp and memory_file_system.hpp are ready-made.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/sftp_types.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {
namespace sftp {

/// An open file. The file is closed when its last reference is gone, so the destructor must release what close() would release.
///
/// For all members here and in file_system. Returns: an outcome; fail(status::...) and fail_errno(errno) make failures, whose
/// text the client sees. An exception becomes the status of its code, or status::failure. The default is status::op_unsupported.
/// Cancellation: terminal, when the session ends; honour it or finish soon. Executor: the session's strand; functions that wait
/// for a disk belong on another executor (run_on.hpp). Lifetime: buffers live until the operation completes.
class open_file {
public:
    virtual ~open_file() = default;
    /// Returns: the number of bytes read; 0 only at the end. Fewer bytes than asked are allowed; the client asks again for the
    /// rest.
    virtual awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into);
    /// Writes the whole span; files opened with append ignore the offset.
    virtual awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from);
    /// The same as read() and write(), with a buffer that has several owners. A file whose operations go on after the caller has
    /// gone can own such a buffer instead of a copy. Default: read() and write().
    virtual awaitable<outcome<std::size_t>> read_shared(std::uint64_t offset, std::shared_ptr<std::byte> into, std::size_t n);
    virtual awaitable<outcome<void>> write_shared(std::uint64_t offset, std::shared_ptr<const std::byte> from, std::size_t n);
    /// Returns: the first offset from this one on that is not in a hole; the end of the file if only a hole follows. Must not
    /// wait. Default: the same offset, as in a file without holes.
    virtual std::uint64_t next_data(std::uint64_t offset) noexcept;
    /// Returns: whether a transfer of this side must read or write the file from its beginning on, one operation after the other,
    /// as a pipe needs it. Default: false; operations then run side by side, at any offset.
    virtual bool in_order() const noexcept { return false; }
    virtual awaitable<outcome<attributes>> stat();
    virtual awaitable<outcome<void>> set_attributes(attributes a);
    virtual awaitable<outcome<void>> sync();
    virtual awaitable<outcome<file_system_info>> statvfs();
    /// Called for the client's CLOSE, as the last chance to report a failed write. Not called if the client goes without CLOSE.
    virtual awaitable<outcome<void>> close();
    /// Called if a transfer into this file has failed; the first `good` bytes are right. When the last reference goes, the file
    /// cuts itself to these bytes, or removes itself if it was opened with open_mode::exclusive. Must not wait. The io_context
    /// may be about to be destroyed, so no strand can be used.
    /// Returns: whether the file will do so. If not, the transfer calls set_attributes() or remove() as long as it can.
    /// Default: false.
    virtual bool abandon(std::uint64_t good) noexcept;
};

/// A directory that is being read.
class directory_reader {
public:
    virtual ~directory_reader() = default;
    /// Returns: the next entries, at most `most`; none at the end. "." and ".." are among them if the system has them.
    virtual awaitable<outcome<std::vector<directory_entry>>> read(std::size_t most) = 0;
};

/// The files that a session sees. Several sessions may share the object; each session runs on a strand of its own, so the object
/// must then bear calls from several threads. Paths are as the client sent them: any bytes but NUL, absolute or relative, not
/// normalized.
class file_system {
public:
    virtual ~file_system() = default;
    virtual awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes initial);
    /// The same as open(), but refuses a path that is a symbolic link. Default: lstat(), then open(). A system in which others
    /// can make a link between the two calls should override this.
    virtual awaitable<outcome<std::shared_ptr<open_file>>> open_no_follow(std::string path, open_mode mode, attributes initial);
    virtual awaitable<outcome<std::shared_ptr<directory_reader>>> open_directory(std::string path);
    virtual awaitable<outcome<attributes>> stat(std::string path);  ///< follows links
    virtual awaitable<outcome<attributes>> lstat(std::string path); ///< default: stat()
    virtual awaitable<outcome<void>> set_attributes(std::string path, attributes a);
    virtual awaitable<outcome<void>> set_link_attributes(std::string path, attributes a); ///< lsetstat@openssh.com
    virtual awaitable<outcome<void>> remove(std::string path);
    virtual awaitable<outcome<void>> make_directory(std::string path, attributes initial);
    virtual awaitable<outcome<void>> remove_directory(std::string path);
    virtual awaitable<outcome<void>> rename(std::string from, std::string to); ///< fails if `to` exists (§6.5)
    virtual awaitable<outcome<void>> replace(std::string from, std::string to); ///< posix-rename@openssh.com: replaces `to`
    virtual awaitable<outcome<void>> make_symlink(std::string target, std::string link);
    virtual awaitable<outcome<void>> make_hard_link(std::string existing, std::string link);
    virtual awaitable<outcome<std::string>> read_link(std::string path);
    /// Returns: the absolute path without ".", ".." and links. The last part of the path need not exist.
    virtual awaitable<outcome<std::string>> real_path(std::string path);
    virtual awaitable<outcome<file_system_info>> statvfs(std::string path);
    /// Returns: the path with "~" and "~user" at its head replaced, then as real_path(). expand-path@openssh.com
    virtual awaitable<outcome<std::string>> expand_path(std::string path);
    virtual awaitable<outcome<std::string>> home_directory(std::string user); ///< home-directory; empty: the session's own user
    /// Returns: the names in the order of the ids; an id without a name gets an empty one. users-groups-by-id@openssh.com
    virtual awaitable<outcome<std::pair<std::vector<std::string>, std::vector<std::string>>>>
    names_of(std::vector<std::uint32_t> users, std::vector<std::uint32_t> groups);
    /// Returns: the extensions above that this file system implements; clients are told of no others. Default: none. fsync,
    /// limits, copy-data and check-file are made from open_file's members and always offered.
    virtual std::vector<std::string_view> extensions() const;
    /// Returns: whether clients can only read; their attempts to change files are then refused before they get here.
    virtual bool read_only() const noexcept { return false; }
};

} // namespace sftp
} // namespace sshoal
