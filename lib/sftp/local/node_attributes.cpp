#include "sftp/local/node_attributes.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <algorithm>
#include <limits>

namespace sshoal::sftp::local {
namespace {

constexpr long fchmodat2_number = 452; // the same on all machines; Linux 6.6
constexpr unsigned mode_bits = 07777;

std::string link_in_proc(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

/// In a chroot this folder may be missing, or may be an ordinary folder.
bool has_proc() noexcept
{
    struct ::statfs s = {};
    return ::statfs("/proc/self/fd", &s) == 0 && static_cast<unsigned long>(s.f_type) == PROC_SUPER_MAGIC;
}

/// /proc/self belongs to root if the process may not be traced.
bool is_closed_to_us(int error) noexcept { return error == EACCES || error == ENOENT; }

bool cannot(int error) noexcept { return error == ENOSYS || error == EINVAL || error == EBADF || error == ENOENT; }

/// Opens a file for operations that need an open file. A link cannot be opened, so these operations are not supported for links.
os::descriptor opened(const reopen_function& reopen)
{
    os::descriptor fd = reopen(O_RDONLY);
    if (!fd && errno == EACCES)
        fd = reopen(O_WRONLY);
    if (!fd && errno == ELOOP)
        errno = EOPNOTSUPP;
    return fd;
}

struct time_pair {
    ::timespec both[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    explicit time_pair(const attributes& a)
    {
        if (a.atime)
            both[0] = {static_cast<::time_t>(a.atime->time_since_epoch().count()), 0};
        if (a.mtime)
            both[1] = {static_cast<::time_t>(a.mtime->time_since_epoch().count()), 0};
    }
};

bool change_times(int node, const attributes& a, const reopen_function& reopen)
{
    const time_pair times(a);
    if (::utimensat(node, "", times.both, AT_EMPTY_PATH) == 0)
        return true;
    if (!cannot(errno))
        return false;
    if (has_proc()) {
        if (::utimensat(AT_FDCWD, link_in_proc(node).c_str(), times.both, 0) == 0)
            return true;
        if (!is_closed_to_us(errno))
            return false;
    }
    const os::descriptor fd = opened(reopen);
    return fd && ::futimens(fd.get(), times.both) == 0;
}

bool change_size(int node, std::uint64_t size, const reopen_function& reopen)
{
    struct ::stat what = {};
    if (::fstat(node, &what) != 0)
        return false;
    if (!S_ISREG(what.st_mode) || size > std::uint64_t(std::numeric_limits<::off_t>::max())) {
        errno = S_ISDIR(what.st_mode) ? EISDIR : EINVAL;
        return false;
    }
    const os::descriptor fd = reopen(O_WRONLY);
    return fd && ::ftruncate(fd.get(), static_cast<::off_t>(size)) == 0;
}

bool is_one_of(unsigned long kind, std::initializer_list<unsigned long> all) noexcept
{
    return std::find(all.begin(), all.end(), kind) != all.end();
}

class first_failure {
public:
    void note(bool done) noexcept
    {
        if (!done && error_ == 0)
            error_ = errno;
    }
    outcome<void> take() const { return error_ == 0 ? outcome<void>() : outcome<void>(fail_errno(error_)); }

private:
    int error_ = 0;
};

} // namespace

medium medium_of(int fd) noexcept
{
    constexpr unsigned long xfs = 0x58465342, zfs = 0x2fc12fc1, ramfs = 0x858458f6, bcachefs = 0xca451a4e;
    struct ::statfs s = {};
    if (::fstatfs(fd, &s) != 0)
        return medium::network;
    const auto kind = static_cast<unsigned long>(s.f_type);
    if (is_one_of(kind, {TMPFS_MAGIC, ramfs}))
        return medium::memory;
    if (is_one_of(kind, {EXT4_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, xfs, zfs, bcachefs}))
        return medium::disk;
    return medium::network; // also for unknown file systems
}

attributes attributes_of(const struct ::stat& s)
{
    attributes a;
    a.size = static_cast<std::uint64_t>(s.st_size);
    a.uid = s.st_uid;
    a.gid = s.st_gid;
    a.permissions = s.st_mode;
    a.atime = file_time(std::chrono::seconds(s.st_atim.tv_sec));
    a.mtime = file_time(std::chrono::seconds(s.st_mtim.tv_sec));
    return a;
}

std::optional<attributes> attributes_of(int fd)
{
    struct ::stat s = {};
    if (::fstat(fd, &s) != 0)
        return std::nullopt;
    return attributes_of(s);
}

outcome<file_system_info> information_about(int fd)
{
    struct ::statvfs s = {};
    if (::fstatvfs(fd, &s) != 0)
        return fail_errno(errno);
    file_system_info i;
    i.block_size = s.f_bsize;
    i.fragment_size = s.f_frsize;
    i.blocks = s.f_blocks;
    i.blocks_free = s.f_bfree;
    i.blocks_available = s.f_bavail;
    i.files = s.f_files;
    i.files_free = s.f_ffree;
    i.files_available = s.f_favail;
    i.id = s.f_fsid;
    i.read_only = (s.f_flag & ST_RDONLY) != 0;
    i.no_setuid = (s.f_flag & ST_NOSUID) != 0;
    i.name_max = s.f_namemax;
    return i;
}

bool change_mode(int node, unsigned mode, const reopen_function& reopen)
{
    if (::syscall(fchmodat2_number, node, "", mode & mode_bits, AT_EMPTY_PATH) == 0)
        return true;
    if (!cannot(errno) && errno != EPERM) // EPERM also comes from filters that do not know this system call
        return false;
    if (has_proc()) {
        if (::chmod(link_in_proc(node).c_str(), mode & mode_bits) == 0)
            return true;
        if (!is_closed_to_us(errno))
            return false;
    }
    const os::descriptor fd = opened(reopen);
    return fd && ::fchmod(fd.get(), mode & mode_bits) == 0;
}

outcome<void> apply_attributes(int node, const attributes& a, const reopen_function& reopen)
{
    first_failure failed;
    if (a.size)
        failed.note(change_size(node, *a.size, reopen));
    if (a.permissions)
        failed.note(change_mode(node, *a.permissions, reopen));
    if (a.atime || a.mtime)
        failed.note(change_times(node, a, reopen));
    if (a.uid || a.gid)
        failed.note(::fchownat(node, "", a.uid.value_or(::uid_t(-1)), a.gid.value_or(::gid_t(-1)), AT_EMPTY_PATH) == 0);
    return failed.take();
}

outcome<void> apply_to_open(int fd, const attributes& a)
{
    first_failure failed;
    if (a.size && *a.size > std::uint64_t(std::numeric_limits<::off_t>::max()))
        return fail_errno(EINVAL);
    if (a.size)
        failed.note(::ftruncate(fd, static_cast<::off_t>(*a.size)) == 0);
    if (a.permissions)
        failed.note(::fchmod(fd, *a.permissions & mode_bits) == 0);
    if (a.atime || a.mtime)
        failed.note(::futimens(fd, time_pair(a).both) == 0);
    if (a.uid || a.gid)
        failed.note(::fchown(fd, a.uid.value_or(::uid_t(-1)), a.gid.value_or(::gid_t(-1))) == 0);
    return failed.take();
}

} // namespace sshoal::sftp::local
