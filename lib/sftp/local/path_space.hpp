// path_space.hpp - opens the paths of clients: all paths of the machine, or only those below a root.
#pragma once

#include "os/descriptor.hpp"

#include "sshoal/local_file_system.hpp"

#include <optional>
#include <string>

namespace sshoal::sftp::local {

/// Either the kernel resolves paths below a root, or this library does. `best` uses the kernel if it can; `walk` is for tests.
enum class resolution { best, walk };

/// A look-up may wait for a disk, or may not. If it may not (`cached`), it fails with EAGAIN instead.
enum class pace { any, cached };

/// A folder, and a name in it that is not followed. The name keeps a '/' that the client wrote behind it, so that the system
/// insists on a folder.
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

/// Thread-safe. All members return an empty result and set errno if they fail.
class path_space {
public:
    /// Errors (thrown): errc::file_error.
    path_space(const local_options& options, resolution how);

    bool is_rooted() const noexcept { return rooted_; }
    const std::string& start() const noexcept { return start_; } ///< as clients see it

    /// For operations on names, such as remove and rename. A cached place has a descriptor of the folder itself, and a single
    /// name.
    place place_of(const std::string& path, pace p = pace::any) const;
    /// Opens with O_PATH.
    os::descriptor node(const std::string& path, bool follow, pace p = pace::any) const;
    /// Opens with open(2), and the flags O_CLOEXEC, O_NOCTTY and O_NONBLOCK.
    os::descriptor open(const std::string& path, int flags, unsigned mode = 0, pace p = pace::any) const;
    /// Returns: the absolute path without links. The last name need not exist.
    std::optional<std::string> canonical(const std::string& path) const;

private:
    os::descriptor resolve(const std::string& path, int flags, unsigned mode, pace p) const;
    os::descriptor resolve_by_walk(const std::string& path, int flags, unsigned mode) const;
    std::string from_root(const std::string& path) const;

    int begin() const noexcept;

    bool rooted_ = false, kernel_ = false, cached_ = false;
    bool from_here_ = false; ///< relative paths begin in the current directory of the process
    os::descriptor root_;    ///< the clients' root; "/" if none was given
    os::descriptor begin_;   ///< the folder where relative paths begin otherwise; empty if there is a root
    std::string start_;
};

} // namespace sshoal::sftp::local
