// local_file_system.hpp - the machine's own files, for SFTP and SCP servers.
#pragma once

#include <sshoal/file_system.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sshoal::sftp {

/// Options of make_local_file_system(). Setters return the object.
class local_options {
public:
    local_options() {}
    /// Clients see this folder as "/", and nothing outside of it: no "..", link or race leads out (openat2(2) with
    /// RESOLVE_IN_ROOT, or step by step with O_NOFOLLOW where the kernel lacks it). Links are followed as far as they stay
    /// inside. Default: all files.
    local_options& root(std::string folder) { root_ = std::move(folder); return *this; }
    /// Where relative paths begin: as clients see it. Default: "/" below a root, else the user's home directory.
    local_options& start(std::string folder) { start_ = std::move(folder); return *this; }
    local_options& read_only(bool on = true) { read_only_ = on; return *this; }
    /// Replaces the process's umask for what clients create. What it allows and the process's forbids is set after the creation.
    local_options& umask(unsigned mask) { umask_ = mask; return *this; }
    /// Where files are waited for. Default: disk_threads().
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

/// Files of the machine, with the rights of this process. May be shared by sessions.
///
/// What is in memory already is read on the caller's strand: cached pages (RWF_NOWAIT), paths and attributes of local disks
/// (RESOLVE_CACHED), and everything that is done on tmpfs. All else waits in the pool that work() names.
/// Operations of the pool keep copies of what they write and read, and the descriptors they need: one that was cancelled, or whose
/// session and io_context are gone, ends by itself and touches nothing of the caller's.
/// Semantics are those of OpenSSH's sftp-server, but that rename() is atomic where the file system allows, that opening a FIFO
/// never waits, and that files are not created with set-id bits; set_attributes() can set those.
/// Errors (thrown): errc::file_error where the root, or a start that was given, cannot be opened.
std::shared_ptr<file_system> make_local_file_system(local_options options = {});

} // namespace sshoal::sftp
