#include "os/regular_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace sshoal::os {
namespace {

/// Returns: 0, or errno.
int write_all(int fd, byte_view content) noexcept
{
    while (!content.empty()) {
        const ::ssize_t n = ::write(fd, content.data(), content.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        content = content.subspan(std::size_t(n));
    }
    return 0;
}

} // namespace

failure file_failure(const std::string& path, int error_number)
{
    return {errc::file_error, printable(path) + ": " + std::generic_category().message(error_number)};
}

bool is_null_device(const std::string& path) noexcept
{
    struct ::stat wanted = {}, null = {};
    return ::stat(path.c_str(), &wanted) == 0 && S_ISCHR(wanted.st_mode) && ::stat("/dev/null", &null) == 0
           && wanted.st_rdev == null.st_rdev;
}

outcome<std::optional<regular_file>> regular_file::open(const std::string& path)
{
    // O_NONBLOCK keeps the open of a FIFO from waiting for a writer, and does not matter for regular files.
    descriptor fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR)
            return std::optional<regular_file>();
        return file_failure(path, errno);
    }
    struct ::stat status = {};
    if (::fstat(fd.get(), &status) != 0)
        return file_failure(path, errno);
    if (!S_ISREG(status.st_mode))
        return failure(errc::file_error, printable(path) + ": not a regular file");
    return std::optional<regular_file>(regular_file(std::move(fd), path, status));
}

outcome<secure_bytes> regular_file::read(std::size_t limit)
{
    const failure too_large(errc::file_error,
                            printable(path_) + ": larger than the limit of " + std::to_string(limit) + " bytes");
    if (status_.st_size > 0 && std::uintmax_t(status_.st_size) > limit)
        return too_large;
    // There is room for one byte more than expected, so that the end of the file is seen without growing; files below /proc claim
    // to be empty.
    secure_bytes content(std::size_t(status_.st_size) + 1);
    std::size_t size = 0;
    for (;;) {
        if (size == content.size())
            content.resize(content.size() * 2 + 4096);
        const ::ssize_t n = ::read(fd_.get(), content.data() + size, content.size() - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_failure(path_, errno);
        if (n == 0)
            break;
        size += std::size_t(n);
        if (size > limit)
            return too_large;
    }
    content.resize(size);
    return content;
}

outcome<secure_bytes> read_file(const std::string& path, std::size_t limit)
{
    auto file = regular_file::open(path);
    if (!file)
        return file.error();
    if (!*file)
        return file_failure(path, ENOENT);
    return (*file)->read(limit);
}

outcome<void> write_new_file(const std::string& path, byte_view content)
{
    descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd)
        return file_failure(path, errno);
    int problem = write_all(fd.get(), content);
    if (problem == 0 && ::fsync(fd.get()) != 0 && errno != EINVAL)
        problem = errno;
    if (problem == 0 && ::close(fd.release()) != 0)
        problem = errno;
    if (problem != 0) {
        ::unlink(path.c_str());
        return file_failure(path, problem);
    }
    return {};
}

namespace {

outcome<void> make_folder_of(const std::string& path)
{
    if (const auto slash = path.rfind('/'); slash != std::string::npos && slash != 0) {
        const std::string folder = path.substr(0, slash);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
            return file_failure(folder, errno);
    }
    return {};
}

/// Returns: 0, or errno.
int fill_and_close(descriptor fd, byte_view content, const struct ::stat* like) noexcept
{
    if (const int problem = write_all(fd.get(), content); problem != 0)
        return problem;
    if (like && (like->st_uid != ::geteuid() || like->st_gid != ::getegid())
        && ::fchown(fd.get(), like->st_uid, like->st_gid) != 0 && like->st_uid != ::geteuid())
        return errno; // a group that the user is not in is lost, but a file must not change hands
    if (like && ::fchmod(fd.get(), like->st_mode & 07777) != 0)
        return errno;
    if (::fsync(fd.get()) != 0 && errno != EINVAL)
        return errno;
    return ::close(fd.release()) != 0 ? errno : 0;
}

} // namespace

outcome<void> replace_file(const std::string& path, byte_view content)
{
    if (const auto made = make_folder_of(path); !made)
        return made.error();
    std::string target = path;
    if (char* const real = ::realpath(path.c_str(), nullptr)) {
        target = real;
        std::free(real);
    } else if (errno != ENOENT) {
        return file_failure(path, errno);
    }
    struct ::stat before = {};
    const bool exists = ::lstat(target.c_str(), &before) == 0;
    if (exists && !S_ISREG(before.st_mode))
        return failure(errc::file_error, printable(path) + ": not a regular file");
    std::string temporary = target + ".XXXXXX";
    descriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd)
        return file_failure(temporary, errno);
    int problem = fill_and_close(std::move(fd), content, exists ? &before : nullptr);
    if (problem == 0 && ::rename(temporary.c_str(), target.c_str()) != 0)
        problem = errno;
    if (problem == 0)
        return {};
    ::unlink(temporary.c_str());
    return file_failure(path, problem);
}

outcome<void> append_line(const std::string& path, std::string_view line)
{
    if (const auto made = make_folder_of(path); !made)
        return made.error();
    const descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600));
    if (!fd)
        return file_failure(path, errno);
    struct ::stat status = {};
    if (::fstat(fd.get(), &status) != 0)
        return file_failure(path, errno);
    if (!S_ISREG(status.st_mode))
        return failure(errc::file_error, printable(path) + ": not a regular file");
    std::string text;
    char last = '\n';
    if (status.st_size > 0 && ::pread(fd.get(), &last, 1, status.st_size - 1) == 1 && last != '\n')
        text = "\n";
    text.append(line).append("\n");
    // This is one write, so that two programs that append at once do not mix their lines.
    if (const int problem = write_all(fd.get(), view_of(text)); problem != 0)
        return file_failure(path, problem);
    return {};
}

} // namespace sshoal::os
