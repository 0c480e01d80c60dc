#include "os/safe_path.hpp"

#include "os/regular_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace sshoal::os {
namespace {

std::string real_path(const std::string& path)
{
    struct free_text {
        void operator()(char* text) const noexcept { std::free(text); }
    };
    const std::unique_ptr<char, free_text> real(::realpath(path.c_str(), nullptr));
    return real ? std::string(real.get()) : std::string();
}

bool is_safe(const struct ::stat& status, std::uint32_t user_id) noexcept
{
    return (status.st_uid == 0 || status.st_uid == user_id) && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

failure unsafe(const std::string& path, const struct ::stat& status)
{
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777));
    return {errc::file_error, printable(path) + ": bad ownership or modes, somebody else could change it: mode " + mode
                                  + ", owner " + std::to_string(status.st_uid)};
}

} // namespace

outcome<void> check_safe_path(const std::string& path, const struct ::stat& opened, std::uint32_t user_id,
                              const std::string& home)
{
    if (!is_safe(opened, user_id))
        return unsafe(path, opened);
    std::string at = real_path(path);
    if (at.empty())
        return file_failure(path, errno);
    const std::string top = home.empty() ? home : real_path(home);
    while (at != "/") {
        const auto slash = at.rfind('/');
        at.resize(slash == 0 ? 1 : slash);
        struct ::stat status = {};
        if (::lstat(at.c_str(), &status) != 0)
            return file_failure(at, errno);
        if (!is_safe(status, user_id))
            return unsafe(at, status);
        if (at == top)
            break;
    }
    return {};
}

outcome<void> check_root_folder(const std::string& path)
{
    if (!path.starts_with('/'))
        return failure(errc::file_error, printable(path) + ": the path of a new root folder must begin at the root");
    for (std::size_t at = 1; at <= path.size(); ++at) {
        if (at != 1 && at != path.size() && path[at] != '/')
            continue;
        const std::string folder = path.substr(0, at);
        struct ::stat status = {};
        if (::stat(folder.c_str(), &status) != 0)
            return file_failure(folder, errno);
        if (!S_ISDIR(status.st_mode))
            return failure(errc::file_error, printable(folder) + ": not a folder");
        if (!is_safe(status, 0))
            return failure(errc::file_error, "bad ownership or modes for chroot directory component \"" + printable(folder) + '"');
    }
    return {};
}

} // namespace sshoal::os
