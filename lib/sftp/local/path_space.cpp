#include "sftp/local/path_space.hpp"

#include "os/account_names.hpp"
#include "sftp/local/walker.hpp"

#include <boost/system/generic_category.hpp>

#include <fcntl.h>
#include <sys/syscall.h>

#include <climits>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace sshoal::sftp::local {
namespace {

// The contents of <linux/openat2.h>, which older systems lack. The numbers are the same on all machines.
constexpr long openat2_number = 437;
constexpr std::uint64_t no_magic_links = 0x02, in_root = 0x10, from_cache = 0x20;
struct how_to_open {
    std::uint64_t flags, mode, resolve;
};

constexpr unsigned most_races = 40;

os::descriptor open_by_kernel(int root, const std::string& path, int flags, unsigned mode, std::uint64_t resolve) noexcept
{
    const bool creates = (flags & O_CREAT) != 0;
    how_to_open how{static_cast<std::uint64_t>(flags), creates ? mode : 0, resolve};
    return os::descriptor(static_cast<int>(::syscall(openat2_number, root, path.c_str(), &how, sizeof how)));
}

[[noreturn]] void throw_file_error(const std::string& path)
{
    throw error(failure(errc::file_error, path + ": " + error_code(errno, boost::system::generic_category()).message()));
}

/// Refuses paths that system calls would accept, or would refuse differently on different systems.
bool is_possible(const std::string& path) noexcept
{
    if (path.empty())
        errno = ENOENT;
    else if (path.size() >= PATH_MAX)
        errno = ENAMETOOLONG;
    else if (path.find('\0') != std::string::npos)
        errno = EINVAL;
    else
        return true;
    return false;
}

bool is_link(const os::descriptor& fd) noexcept
{
    struct ::stat what = {};
    return ::fstat(fd.get(), &what) == 0 && S_ISLNK(what.st_mode);
}

/// A path as the folder's path ("" for the folder where relative paths begin) and the last name with at most one '/' behind it.
/// If there is no name ("/", "a/.."), the whole path is the folder's path.
struct split_path {
    std::string folder, name;
};
split_path split(const std::string& path)
{
    const auto last = path.find_last_not_of('/');
    if (last == std::string::npos)
        return {"/", ""};
    const auto slash = path.rfind('/', last);
    const auto begin = slash == std::string::npos ? 0 : slash + 1;
    std::string name = path.substr(begin, last + 1 - begin);
    if (name == "." || name == "..")
        return {path, ""};
    if (last + 1 < path.size())
        name += '/';
    return {path.substr(0, begin), std::move(name)};
}

std::string absolute(const std::string& path)
{
    const std::unique_ptr<char, void (*)(void*)> whole(::realpath(path.c_str(), nullptr), std::free);
    if (!whole)
        throw_file_error(path);
    return whole.get();
}

} // namespace

path_space::path_space(const local_options& options, resolution how) : rooted_(!options.root().empty())
{
    const std::string root = rooted_ ? options.root() : "/";
    root_.reset(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root_)
        throw_file_error(root);
    if (rooted_) {
        start_ = options.start().empty() ? "/" : options.start();
        if (start_.front() != '/')
            start_.insert(0, 1, '/');
    } else if (options.start().empty()) {
        start_ = os::home_of_this_user();
        begin_.reset(::open(start_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!begin_) // accounts without a home folder are served all the same
            start_ = "/";
    } else {
        start_ = options.start();
        from_here_ = start_ == ".";
    }
    if (!rooted_ && !begin_ && !from_here_) {
        begin_.reset(::open(start_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!begin_)
            throw_file_error(start_);
        start_ = absolute(start_);
    }
    if (how == resolution::walk)
        return;
    constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    kernel_ = bool(open_by_kernel(root_.get(), "/", flags, 0, in_root | no_magic_links));
    cached_ = kernel_ && bool(open_by_kernel(root_.get(), "/", flags, 0, in_root | no_magic_links | from_cache));
}

int path_space::begin() const noexcept { return from_here_ ? AT_FDCWD : begin_.get(); }

/// Returns: the path from the root, which is where all paths begin if there is a root.
std::string path_space::from_root(const std::string& path) const
{
    return path.front() == '/' ? path : start_ + '/' + path;
}

os::descriptor path_space::resolve(const std::string& path, int flags, unsigned mode, pace p) const
{
    flags |= O_CLOEXEC;
    if (p == pace::cached && !cached_) {
        errno = EAGAIN;
        return {};
    }
    const std::uint64_t cache = p == pace::cached ? from_cache : 0;
    if (!rooted_)
        return cache != 0 ? open_by_kernel(begin(), path, flags, mode, cache)
                          : os::descriptor(::openat(begin(), path.c_str(), flags, mode));
    const std::string whole = from_root(path);
    if (whole.size() >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return {};
    }
    for (unsigned i = 0; kernel_ && i < most_races; ++i) {
        os::descriptor fd = open_by_kernel(root_.get(), whole, flags, mode, in_root | no_magic_links | cache);
        // After a rename during the resolution of "..", the kernel cannot decide, and the call must be repeated.
        if (fd || cache != 0 || (errno != EAGAIN && errno != EXDEV))
            return fd;
    }
    return resolve_by_walk(whole, flags, mode);
}

os::descriptor path_space::resolve_by_walk(const std::string& path, int flags, unsigned mode) const
{
    const bool creates = (flags & O_CREAT) != 0;
    const bool keeps_link = (flags & O_NOFOLLOW) != 0 || (creates && (flags & O_EXCL) != 0);
    walker w(root_.get());
    for (unsigned i = 0; i < most_races; ++i) {
        if (!w.go(path, keeps_link ? walker::last_link::kept : walker::last_link::followed,
                  creates ? walker::last_missing::allowed : walker::last_missing::refused))
            return {};
        if (creates && w.trailing_slash()) {
            errno = EISDIR;
            return {};
        }
        os::descriptor fd(::openat(w.folder(), w.name().c_str(), flags | O_NOFOLLOW, mode));
        // O_PATH would open a link that has taken the name's place.
        const bool raced = !keeps_link && (fd ? (flags & O_PATH) != 0 && is_link(fd) : errno == ELOOP);
        if (!raced)
            return fd;
    }
    errno = ELOOP;
    return {};
}

place path_space::place_of(const std::string& path, pace p) const
{
    if (!is_possible(path))
        return {};
    if (!rooted_ && p == pace::any)
        return place(begin(), path);
    split_path parts = split(path);
    if (parts.folder.empty())
        parts.folder = ".";
    os::descriptor folder = resolve(parts.folder, O_PATH | O_DIRECTORY, 0, p);
    if (!folder)
        return {};
    return place(std::move(folder), parts.name.empty() ? "." : std::move(parts.name));
}

os::descriptor path_space::node(const std::string& path, bool follow, pace p) const
{
    if (!is_possible(path))
        return {};
    return resolve(path, O_PATH | (follow || path.back() == '/' ? 0 : O_NOFOLLOW), 0, p);
}

os::descriptor path_space::open(const std::string& path, int flags, unsigned mode, pace p) const
{
    if (!is_possible(path))
        return {};
    return resolve(path, flags | O_NOCTTY | O_NONBLOCK, mode, p);
}

std::optional<std::string> path_space::canonical(const std::string& path) const
{
    if (!path.empty() && !is_possible(path))
        return std::nullopt;
    std::string whole = path;
    if (!path.starts_with('/')) {
        std::error_code removed;
        whole = (from_here_ ? std::filesystem::current_path(removed).string() : start_) + '/' + path;
        if (removed) {
            errno = removed.value();
            return std::nullopt;
        }
    }
    const auto last = whole.find_last_not_of('/');
    whole.resize(last == std::string::npos ? 0 : last + 1); // "file/" is "file", as in OpenSSH
    // A missing name with a slash behind it means a directory, and is refused, as in OpenSSH's server.
    const auto missing = path.ends_with('/') ? walker::last_missing::refused : walker::last_missing::allowed;
    walker w(root_.get());
    if (!w.go(whole, walker::last_link::followed, missing))
        return std::nullopt;
    return w.canonical();
}

} // namespace sshoal::sftp::local
