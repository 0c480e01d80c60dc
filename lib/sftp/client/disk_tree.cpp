#include "sftp/client/disk_tree.hpp"

#include <algorithm>
#include <cerrno>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshoal::sftp {

outcome<std::vector<directory_entry>> disk_list(const std::string& path)
{
    DIR* const d = ::opendir(path.c_str());
    if (d == nullptr)
        return disk_failure(errno, "open directory", path);
    std::vector<directory_entry> all;
    failure trouble;
    for (;;) {
        errno = 0;
        const dirent* const e = ::readdir(d);
        if (e == nullptr) {
            if (errno != 0)
                trouble = disk_failure(errno, "read directory", path);
            break;
        }
        if (!is_plain_name(e->d_name))
            continue;
        outcome<std::optional<attributes>> a = disk_stat(path + '/' + e->d_name, false);
        if (a && *a)
            all.emplace_back(e->d_name, std::move(**a));
    }
    ::closedir(d);
    if (trouble)
        return trouble;
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

failure disk_make_directory(const std::string& path, bool top)
{
    if (::mkdir(path.c_str(), 0777) == 0)
        return {};
    const int number = errno;
    const outcome<std::optional<attributes>> a = disk_stat(path, top);
    if (number == EEXIST && a && *a && (*a)->is_directory())
        return {};
    return disk_failure(number, "make directory", path);
}

failure disk_make_symlink(const std::string& target, const std::string& path)
{
    return ::symlink(target.c_str(), path.c_str()) == 0 ? failure() : disk_failure(errno, "make link", path);
}

outcome<std::string> disk_read_link(const std::string& path)
{
    char target[4097];
    const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
    if (n < 0)
        return disk_failure(errno, "read link", path);
    return std::string(target, std::size_t(n));
}

failure disk_set_directory(const std::string& path, const attributes& a)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return disk_failure(errno, "open directory", path);
    int number = 0;
    if (a.mtime) {
        const timespec times[2] = {{time_t(a.atime.value_or(*a.mtime).time_since_epoch().count()), 0},
                                   {time_t(a.mtime->time_since_epoch().count()), 0}};
        number = ::futimens(fd, times) == 0 ? 0 : errno;
    }
    if (a.permissions && ::fchmod(fd, mode_t(*a.permissions & 07777)) != 0 && number == 0)
        number = errno;
    ::close(fd);
    return number == 0 ? failure() : disk_failure(number, "set attributes of", path);
}

} // namespace sshoal::sftp
