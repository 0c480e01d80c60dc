// walker.hpp - resolves a path below a folder one component at a time, links included, so that no path leads out of the folder.
// This replaces openat2(2) with RESOLVE_IN_ROOT on kernels without it, and finds the names on the way for REALPATH.
#pragma once

#include "os/descriptor.hpp"

#include <string>
#include <vector>

#include <sys/stat.h>

namespace sshoal::sftp::local {

class walker {
public:
    /// `root` must stay open as long as this object lives.
    explicit walker(int root) noexcept : root_(root) {}

    enum class last_link { kept, followed };
    enum class last_missing { refused, allowed };
    /// Goes to the folder of the path's last name, and opens the file with that name. Every path is taken as absolute.
    /// Returns: false, and errno, if there is no such file. With last_missing::allowed, node() is empty if only the last name is
    /// missing.
    bool go(std::string path, last_link link, last_missing missing = last_missing::refused);

    int folder() const noexcept { return levels_.empty() ? root_ : levels_.back().fd.get(); }
    const std::string& name() const noexcept { return name_; } ///< "." if the path has no last name
    bool trailing_slash() const noexcept { return trailing_; }
    /// The file, opened with O_PATH; also empty if name() is ".".
    os::descriptor& node() noexcept { return node_; }
    /// Returns: the path, such as "/a/b", without links.
    std::string canonical() const;

private:
    struct level {
        std::string name;
        os::descriptor fd; ///< empty if a deep path would need too many descriptors
    };
    bool up();
    bool down(std::string name, os::descriptor fd);
    bool reopen();
    bool follow(int link, const std::string& rest);

    int root_;
    std::vector<level> levels_;
    std::string pending_, name_;
    os::descriptor node_;
    unsigned links_ = 0;
    bool trailing_ = false;
};

} // namespace sshoal::sftp::local
