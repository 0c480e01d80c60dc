// walker.hpp - a path resolved one component at a time below a folder, links included, so that nothing leads out of it: what
// openat2(2) with RESOLVE_IN_ROOT does, for kernels that have it not, and the names on the way, for REALPATH.
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
    /// Goes to the folder of the path's last name, and opens what that names. A path is taken as absolute.
    /// Returns: false, and errno, where there is no such thing. With last_missing::allowed, node() is empty where only the last
    /// name is missing.
    bool go(std::string path, last_link link, last_missing missing = last_missing::refused);

    int folder() const noexcept { return levels_.empty() ? root_ : levels_.back().fd.get(); }
    const std::string& name() const noexcept { return name_; } ///< "." where the path named no more than a folder
    bool trailing_slash() const noexcept { return trailing_; }
    /// Opened with O_PATH; empty as well where name() is ".".
    os::descriptor& node() noexcept { return node_; }
    /// "/a/b", with no links in it.
    std::string canonical() const;

private:
    struct level {
        std::string name;
        os::descriptor fd; ///< empty where a deep path would take too many
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
