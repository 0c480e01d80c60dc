#include "os/home_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include <pwd.h>
#include <unistd.h>

namespace sshoal::os {
namespace {

bool is_home(const char* path)
{
    return path != nullptr && *path != '\0' && std::filesystem::path(path).lexically_normal() != "/";
}

} // namespace

std::string home_directory()
{
    if (const char* home = std::getenv("HOME"); is_home(home))
        return home;
    std::vector<char> room(16 * 1024);
    ::passwd record = {};
    ::passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &record, room.data(), room.size(), &found) != 0 || found == nullptr || !is_home(found->pw_dir))
        return {};
    return found->pw_dir;
}

std::string with_home(std::string path)
{
    if (!path.starts_with("~/"))
        return path;
    const std::string home = home_directory();
    return home.empty() ? path : home + path.substr(1);
}

} // namespace sshoal::os
