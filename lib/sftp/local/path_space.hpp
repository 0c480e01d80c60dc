// path_space.hpp - how the paths of clients become descriptors: all of the machine's, or those below a root and no others.
#pragma once

#include "os/descriptor.hpp"

#include "sshoal/local_file_system.hpp"

#include <optional>
#include <string>

namespace sshoal::sftp::local {

/// Who resolves paths below a root: the kernel, or this library for kernels that cannot. Tests choose.
enum class resolution { best, walk };

/// How long it may take: as long as it takes, or no longer than it takes to look into memory (errno is EAGAIN then).
enum class pace { any, cached };

/// A folder, and a name in it that is not followed: with a '/' behind it where the client wrote one, so that the system insists
/// on a folder.
class place {
public:
    place() = default;
    place(int borrowed, std::string n) : name(std::move(n)), folder_(borrowed) {}
    place(os::descriptor fd, std::string n) : name(std::move(n)), owned_(std::move(fd)), folder_(owned_.get()) {}
    int folder() const noexcept { return folder_; }
    explicit operator bool() const noexcept { return folder_ != -1; }
    std::string name;

private:
    os::descriptor owned_;
    int folder_ = -1;
};

/// Thread-safe. All members: an empty result, and errno, where something fails.
class path_space {
public:
    /// Errors (thrown): errc::file_error.
    path_space(const local_options& options, resolution how);

    bool is_rooted() const noexcept { return rooted_; }
    const std::string& start() const noexcept { return start_; } ///< as clients see it

    /// For what is done to a name: remove, rename, ... Cached places always have the folder's own descriptor and one name.
    place place_of(const std::string& path, pace p = pace::any) const;
    /// Opens with O_PATH.
    os::descriptor node(const std::string& path, bool follow, pace p = pace::any) const;
    /// As open(2); O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added.
    os::descriptor open(const std::string& path, int flags, unsigned mode = 0, pace p = pace::any) const;
    /// The absolute path without links; the last name need not exist.
    std::optional<std::string> canonical(const std::string& path) const;

private:
    os::descriptor resolve(const std::string& path, int flags, unsigned mode, pace p) const;
    os::descriptor resolve_by_walk(const std::string& path, int flags, unsigned mode) const;
    std::string from_root(const std::string& path) const;

    int begin() const noexcept;

    bool rooted_ = false, kernel_ = false, cached_ = false;
    bool from_here_ = false; ///< relative paths begin in the current directory of the process
    os::descriptor root_;    ///< of clients: "/" where there is none
    os::descriptor begin_;   ///< where relative paths begin otherwise; only without a root
    std::string start_;
};

} // namespace sshoal::sftp::local
