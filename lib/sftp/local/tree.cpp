#include "sftp/local/tree.hpp"

#include <fcntl.h>

#include <climits>

namespace sshoal::sftp::local {
namespace {

outcome<void> done(int result) { return result == 0 ? outcome<void>() : outcome<void>(fail_errno(errno)); }

/// The second half of a rename by links. If it fails, the first half is undone.
outcome<void> end_of_rename(const place& from, const place& to)
{
    if (::unlinkat(from.folder(), from.name.c_str(), 0) == 0)
        return {};
    const int error = errno;
    ::unlinkat(to.folder(), to.name.c_str(), 0);
    return fail_errno(error);
}

std::string without_slash(const std::string& name) { return name.substr(0, name.find_last_not_of('/') + 1); }

bool changes(open_mode m) noexcept
{
    return has(m, open_mode::write) || has(m, open_mode::create) || has(m, open_mode::truncate);
}

int flags_of(open_mode m) noexcept
{
    int flags = has(m, open_mode::write) ? (has(m, open_mode::read) ? O_RDWR : O_WRONLY) : O_RDONLY;
    if (has(m, open_mode::append))
        flags |= O_APPEND;
    if (has(m, open_mode::truncate))
        flags |= O_TRUNC;
    if (has(m, open_mode::create))
        flags |= O_CREAT | (has(m, open_mode::exclusive) ? O_EXCL : 0);
    return flags;
}

opened_file describe(os::descriptor fd, open_mode mode)
{
    opened_file f;
    struct ::stat what = {};
    f.regular = ::fstat(fd.get(), &what) == 0 && S_ISREG(what.st_mode);
    f.where = medium_of(fd.get());
    f.writable = has(mode, open_mode::write);
    f.fd = std::move(fd);
    return f;
}

} // namespace

/// `open`: a function that takes flags and mode, and returns a descriptor.
template <class Open>
outcome<opened_file> tree::open_with(Open open, open_mode mode, const attributes& initial)
{
    if (read_only_ && changes(mode))
        return fail(status::permission_denied);
    const int flags = flags_of(mode);
    // Set-id bits are not set at the creation. A client sets them when the file is complete.
    unsigned bits = initial.permissions.value_or(0666) & 0777;
    os::descriptor fd;
    struct ::stat what = {};
    if ((flags & O_CREAT) == 0 || !umask_) {
        fd = open(flags, bits);
    } else {
        bits &= ~*umask_;
        fd = open(flags | O_EXCL, bits);
        if (fd) {
            if (::fstat(fd.get(), &what) == 0 && (what.st_mode & 0777) != bits)
                (void)::fchmod(fd.get(), bits); // adds the bits that the process's own mask has removed
        } else if (errno == EEXIST && (flags & O_EXCL) == 0) {
            fd = open(flags & ~O_CREAT, 0);
            if (!fd && errno == ENOENT) // a dangling link
                fd = open(flags, bits);
        }
    }
    if (!fd)
        return fail_errno(errno);
    return describe(std::move(fd), mode);
}

outcome<opened_file> tree::open(const std::string& path, open_mode mode, const attributes& initial, bool follow)
{
    const int always = follow ? 0 : O_NOFOLLOW;
    return open_with([&](int flags, unsigned bits) { return space_.open(path, flags | always, bits); }, mode, initial);
}

outcome<opened_file> tree::open_at(const place& at, open_mode mode, const attributes& initial)
{
    constexpr int always = O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    return open_with(
        [&](int flags, unsigned bits) {
            return os::descriptor(::openat(at.folder(), at.name.c_str(), flags | always, bits));
        },
        mode, initial);
}

outcome<opened_directory> tree::open_directory(const std::string& path)
{
    opened_directory d;
    d.fd = space_.open(path, O_RDONLY | O_DIRECTORY);
    if (!d.fd)
        return fail_errno(errno);
    if (!space_.is_rooted())
        return d;
    // The system's ".." of the root is a folder that clients must not see.
    if (const os::descriptor parent = space_.node(path + "/..", true))
        d.parent = attributes_of(parent.get());
    if (!d.parent)
        d.parent = attributes_of(d.fd.get());
    return d;
}

outcome<attributes> tree::stat(const std::string& path, bool follow)
{
    const os::descriptor fd = space_.node(path, follow);
    if (fd)
        if (auto a = attributes_of(fd.get()))
            return std::move(*a);
    return fail_errno(errno);
}

std::optional<outcome<attributes>> tree::stat_cached(const std::string& path, bool follow)
{
    const os::descriptor fd = space_.node(path, follow, pace::cached);
    if (!fd)
        return errno == ENOENT ? std::optional<outcome<attributes>>(fail_errno(ENOENT)) : std::nullopt;
    if (medium_of(fd.get()) == medium::network)
        return std::nullopt;
    auto a = attributes_of(fd.get());
    return a ? std::optional<outcome<attributes>>(std::move(*a)) : std::nullopt;
}

std::optional<outcome<opened_file>> tree::open_cached(const std::string& path, open_mode mode, const attributes& initial)
{
    if (changes(mode)) {
        const bool truncates = has(mode, open_mode::truncate);
        if (const auto at = place_in_memory(path, truncates); at && at->name.find('/') == std::string::npos) {
            outcome<opened_file> made = open_at(*at, mode, initial);
            if (made)
                return made;
        }
        return std::nullopt;
    }
    const os::descriptor node = space_.node(path, true, pace::cached);
    if (!node || medium_of(node.get()) == medium::network)
        return std::nullopt;
    const auto what = attributes_of(node.get());
    if (!what || !what->is_regular()) // opening a device may wait
        return std::nullopt;
    os::descriptor fd = space_.open(path, flags_of(mode), 0, pace::cached);
    if (!fd)
        return std::nullopt;
    return describe(std::move(fd), mode);
}

std::optional<place> tree::place_in_memory(const std::string& path, bool frees)
{
    constexpr ::off_t much = 16 * 1024 * 1024; // freeing the pages of a larger file takes time
    place at = space_.place_of(path, pace::cached);
    if (!at || medium_of(at.folder()) != medium::memory)
        return std::nullopt;
    struct ::stat what = {};
    if (frees && at.name.back() != '/' && ::fstatat(at.folder(), at.name.c_str(), &what, AT_SYMLINK_NOFOLLOW) == 0
        && what.st_size > much)
        return std::nullopt;
    return at;
}

outcome<void> tree::set_attributes(const std::string& path, const attributes& a, bool follow)
{
    if (read_only_)
        return fail(status::permission_denied);
    if (!follow && a.size)
        return fail(status::bad_message);
    const os::descriptor node = space_.node(path, follow);
    if (!node)
        return fail_errno(errno);
    const int link = follow ? 0 : O_NOFOLLOW;
    return apply_attributes(node.get(), a, [&](int flags) { return space_.open(path, flags | link); });
}

outcome<std::string> tree::read_link(const std::string& path)
{
    const os::descriptor node = space_.node(path, false);
    if (!node)
        return fail_errno(errno);
    char target[PATH_MAX];
    const ::ssize_t size = ::readlinkat(node.get(), "", target, sizeof target);
    if (size < 0)
        return fail_errno(errno == ENOENT ? EINVAL : errno); // for a descriptor, ENOENT means that the file is not a link
    return std::string(target, static_cast<std::size_t>(size));
}

outcome<std::string> tree::real_path(const std::string& path)
{
    auto found = space_.canonical(path);
    if (!found)
        return fail_errno(errno);
    return std::move(*found);
}

outcome<file_system_info> tree::statvfs(const std::string& path)
{
    const os::descriptor node = space_.node(path, true);
    if (!node)
        return fail_errno(errno);
    return information_about(node.get());
}

outcome<std::string> tree::home_directory(const std::string& user)
{
    if (user.find('\0') != std::string::npos)
        return fail_errno(EINVAL);
    if (user.empty())
        return space_.is_rooted() ? space_.start() : os::home_of_this_user();
    // Homes are folders of the machine, and clients below a root must not learn of them.
    auto home = space_.is_rooted() ? std::nullopt : os::home_of(user);
    if (!home)
        return fail(status::no_such_file, "no such user");
    return std::move(*home);
}

outcome<std::string> tree::expand_path(const std::string& path)
{
    if (!path.starts_with('~'))
        return real_path(path);
    const auto slash = path.find('/');
    if (path == "~" || slash == 1) // the folder where the session begins, as in OpenSSH's server
        return real_path('.' + path.substr(1));
    auto home = home_directory(path.substr(1, slash == std::string::npos ? slash : slash - 1));
    if (!home)
        return home;
    return real_path(slash == std::string::npos ? *home : *home + path.substr(slash));
}

outcome<void> tree::remove(const place& at)
{
    return read_only_ ? fail(status::permission_denied) : done(::unlinkat(at.folder(), at.name.c_str(), 0));
}

outcome<void> tree::make_directory(const place& at, const attributes& initial)
{
    if (read_only_)
        return fail(status::permission_denied);
    const unsigned bits = initial.permissions.value_or(0777) & 01777 & ~umask_.value_or(0);
    if (::mkdirat(at.folder(), at.name.c_str(), bits) != 0)
        return fail_errno(errno);
    if (!umask_)
        return {};
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const os::descriptor made(::openat(at.folder(), without_slash(at.name).c_str(), flags));
    struct ::stat what = {};
    if (made && ::fstat(made.get(), &what) == 0 && (what.st_mode & 01777) != bits) // S_ISGID comes from the parent folder
        (void)change_mode(made.get(), bits | (what.st_mode & S_ISGID), [](int) { return os::descriptor(); });
    return {};
}

outcome<void> tree::remove_directory(const place& at)
{
    return read_only_ ? fail(status::permission_denied) : done(::unlinkat(at.folder(), at.name.c_str(), AT_REMOVEDIR));
}

outcome<void> tree::rename(const place& from, const place& to)
{
    if (read_only_)
        return fail(status::permission_denied);
    if (::renameat2(from.folder(), from.name.c_str(), to.folder(), to.name.c_str(), RENAME_NOREPLACE) == 0)
        return {};
    if (errno != EINVAL && errno != ENOSYS && errno != EPERM) // EPERM may come from a sandbox that does not know the call
        return fail_errno(errno);
    // On file systems without RENAME_NOREPLACE, a hard link is made, which fails if the name exists. On file systems without hard
    // links, a look at the name must suffice, as in OpenSSH.
    struct ::stat what = {};
    if (::fstatat(from.folder(), from.name.c_str(), &what, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(errno);
    if (S_ISREG(what.st_mode) && from.name.back() != '/') {
        if (::linkat(from.folder(), from.name.c_str(), to.folder(), to.name.c_str(), 0) == 0)
            return end_of_rename(from, to);
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
            return fail_errno(errno);
    }
    if (::fstatat(to.folder(), without_slash(to.name).c_str(), &what, AT_SYMLINK_NOFOLLOW) == 0)
        return fail_errno(EEXIST);
    return done(::renameat(from.folder(), from.name.c_str(), to.folder(), to.name.c_str()));
}

outcome<void> tree::replace(const place& from, const place& to)
{
    if (read_only_)
        return fail(status::permission_denied);
    return done(::renameat(from.folder(), from.name.c_str(), to.folder(), to.name.c_str()));
}

outcome<void> tree::make_symlink(const std::string& target, const place& at)
{
    if (read_only_)
        return fail(status::permission_denied);
    if (target.find('\0') != std::string::npos)
        return fail_errno(EINVAL);
    return done(::symlinkat(target.c_str(), at.folder(), at.name.c_str()));
}

outcome<void> tree::make_hard_link(const place& existing, const place& at)
{
    if (read_only_)
        return fail(status::permission_denied);
    if (existing.name.back() == '/') // a symbolic link would be followed, and a folder cannot have a second name
        return fail_errno(ENOTDIR);
    return done(::linkat(existing.folder(), existing.name.c_str(), at.folder(), at.name.c_str(), 0));
}

} // namespace sshoal::sftp::local
