#include "sftp/client/disk_file.hpp"
#include "sftp/client/name_beside.hpp"

#include <boost/system/generic_category.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshoal::sftp {

failure disk_failure(int number, const char* what, const std::string& path)
{
    return failure(errc::file_error, std::string(what) + ' ' + printable(path, 4096) + ": "
                                         + error_code(number, boost::system::generic_category()).message());
}

namespace {

attributes attributes_from(const struct stat& s)
{
    attributes a;
    a.with_size(std::uint64_t(s.st_size)).with_owner(s.st_uid, s.st_gid).with_permissions(s.st_mode);
    a.with_times(file_time(std::chrono::seconds(s.st_atim.tv_sec)), file_time(std::chrono::seconds(s.st_mtim.tv_sec)));
    return a;
}

} // namespace

disk_file::~disk_file()
{
    struct stat s {};
    if (fd_ >= 0 && ::fstat(fd_, &s) == 0 && S_ISREG(s.st_mode) && std::uint64_t(s.st_size) > cut_
        && ::ftruncate(fd_, ::off_t(cut_)) != 0)
        s = {}; // the failure that led here is told already
    if (fd_ >= 0)
        ::close(fd_);
    if (!final_.empty())
        ::unlink(path_.c_str());
}

failure disk_file::open(int flags, std::uint32_t permissions)
{
    fd_ = ::open(path_.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode_t(permissions & 07777));
    if (fd_ < 0)
        return disk_failure(errno, "open", path_);
    look();
    return {};
}

void disk_file::look()
{
    struct stat s {};
    if (::fstat(fd_, &s) == 0)
        at_once_ = local::page_cache(S_ISREG(s.st_mode), local::medium_of(fd_));
}

failure disk_file::open_to_read(std::string path)
{
    path_ = std::move(path);
    return open(O_RDONLY, 0);
}

failure disk_file::open_to_write(std::string path, std::uint32_t permissions, bool fresh, bool through_link)
{
    path_ = std::move(path);
    return open(O_WRONLY | O_CREAT | (fresh ? O_TRUNC : 0) | (through_link ? 0 : O_NOFOLLOW), permissions);
}

failure disk_file::open_beside(std::string path, std::uint32_t permissions)
{
    constexpr int attempts = 100; // at a name that nobody has
    for (int i = 0; i < attempts; ++i) {
        path_ = name_beside(path);
        fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions & 0777));
        if (fd_ >= 0) {
            look();
            final_ = std::move(path);
            return {};
        }
        if (errno != EEXIST)
            break;
    }
    return disk_failure(errno, "make", path_);
}

outcome<attributes> disk_file::stat() const
{
    struct stat s {};
    if (::fstat(fd_, &s) != 0)
        return disk_failure(errno, "stat", path_);
    return attributes_from(s);
}

outcome<std::size_t> disk_file::read(std::uint64_t offset, std::span<std::byte> into) const
{
    const local::moved m = local::read_fully(fd_, offset, into);
    if (m.error != 0)
        return disk_failure(m.error, "read", path_);
    return m.bytes;
}

failure disk_file::write(std::uint64_t offset, byte_view from) const
{
    const local::moved m = local::write_fully(fd_, offset, from);
    return m.error != 0 ? disk_failure(m.error, "write", path_) : failure();
}

std::size_t disk_file::read_at_once(std::uint64_t offset, std::span<std::byte> into, bool& all)
{
    const local::moved m = at_once_.read(fd_, offset, into, all);
    all = all && m.error == 0; // who waits for the disk says what is wrong
    return m.bytes;
}

std::size_t disk_file::write_at_once(std::uint64_t offset, byte_view from, bool& all)
{
    const local::moved m = at_once_.write(fd_, offset, from, all);
    all = all && m.error == 0;
    return m.bytes;
}

std::uint64_t disk_file::next_data(std::uint64_t offset) const noexcept
{
    const ::off_t at = ::lseek(fd_, off_t(offset), SEEK_DATA);
    if (at >= 0)
        return std::uint64_t(at);
    const ::off_t end = errno == ENXIO ? ::lseek(fd_, 0, SEEK_END) : -1;
    return end >= 0 ? std::max(offset, std::uint64_t(end)) : offset;
}

failure disk_file::sync() const { return ::fsync(fd_) == 0 ? failure() : disk_failure(errno, "sync", path_); }

failure disk_file::set_size(std::uint64_t size) const
{
    if (::ftruncate(fd_, off_t(size)) != 0 && errno != EINVAL) // which devices say
        return disk_failure(errno, "truncate", path_);
    return {};
}

failure disk_file::set_mode(std::uint32_t permissions) const
{
    return ::fchmod(fd_, mode_t(permissions & 07777)) == 0 ? failure() : disk_failure(errno, "change mode of", path_);
}

failure disk_file::set_times(file_time access, file_time modification) const
{
    const timespec times[2] = {{time_t(access.time_since_epoch().count()), 0},
                               {time_t(modification.time_since_epoch().count()), 0}};
    return ::futimens(fd_, times) == 0 ? failure() : disk_failure(errno, "set times of", path_);
}

failure disk_file::commit()
{
    const int fd = std::exchange(fd_, -1);
    if (fd >= 0 && ::close(fd) != 0 && errno != EINTR)
        return disk_failure(errno, "close", path_);
    if (final_.empty())
        return {};
    if (::rename(path_.c_str(), final_.c_str()) != 0)
        return disk_failure(errno, "rename", path_);
    final_.clear();
    return {};
}

outcome<std::optional<attributes>> disk_stat(const std::string& path, bool follow)
{
    struct stat s {};
    if ((follow ? ::stat(path.c_str(), &s) : ::lstat(path.c_str(), &s)) == 0)
        return std::optional<attributes>(attributes_from(s));
    if (errno == ENOENT)
        return std::optional<attributes>();
    return disk_failure(errno, "stat", path);
}

} // namespace sshoal::sftp
