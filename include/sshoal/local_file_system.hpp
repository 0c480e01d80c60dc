// local_file_system.hpp - the machine's own files, for SFTP and SCP servers.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/file_system.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sshoal SSHOAL_API {
namespace sftp {

/// Options of make_local_file_system(). Setters return the object.
class local_options {
public:
    local_options() {}
    /// Clients see this folder as "/", and no file outside of it: no "..", link or race leads out (openat2(2) with
    /// RESOLVE_IN_ROOT, or step by step with O_NOFOLLOW if the kernel lacks that). Links are followed as long as they stay
    /// inside. Default: all files.
    local_options& root(std::string folder) { root_ = std::move(folder); return *this; }
    /// The folder where relative paths begin, as clients see it. Default: "/" if there is a root, else the user's home directory.
    /// If there is no root, "." is the current directory that the process has when a path is used.
    local_options& start(std::string folder) { start_ = std::move(folder); return *this; }
    local_options& read_only(bool on = true) { read_only_ = on; return *this; }
    /// Replaces the process's umask for files and directories that clients create. Permissions that this mask allows and the
    /// process's umask forbids are set after the creation.
    local_options& umask(unsigned mask) { umask_ = mask; return *this; }
    /// Sets the executor that waits for files. Default: disk_threads().
    local_options& work(executor ex) { work_ = std::move(ex); return *this; }

    const std::string& root() const noexcept { return root_; }
    const std::string& start() const noexcept { return start_; }
    bool is_read_only() const noexcept { return read_only_; }
    std::optional<unsigned> umask() const noexcept { return umask_; }
    const executor& work() const noexcept { return work_; }

private:
    std::string root_, start_;
    bool read_only_ = false;
    std::optional<unsigned> umask_;
    executor work_;
};

/// The files of the machine, with the rights of this process. Several sessions may share the object.
///
/// Operations on data that is in memory already run on the caller's strand: cached pages (RWF_NOWAIT), paths and attributes of
/// local disks (RESOLVE_CACHED), and all operations on tmpfs. All other operations wait in the pool that work() names. An
/// operation in the pool keeps its descriptors and a copy of its data: an operation that was cancelled, or whose session and
/// io_context are gone, ends by itself and touches nothing of the caller's. The semantics are those of OpenSSH's sftp-server,
/// with three differences: rename() is atomic if the file system allows, opening a FIFO never waits, and files are not created
/// with set-id bits (set_attributes() can set these).
/// Errors (thrown): errc::file_error if the root, or a start that was given, cannot be opened.
std::shared_ptr<file_system> make_local_file_system(local_options options = {});

} // namespace sftp
} // namespace sshoal
