#include "os/home_directory.hpp"

#include "sshoal/system_account.hpp"

#include <cstdlib>
#include <filesystem>

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
    const auto found = system_account::find(::getuid());
    return found && *found && is_home((*found)->home.c_str()) ? (*found)->home : std::string();
}

std::string with_home(std::string path)
{
    if (!path.starts_with("~/"))
        return path;
    const std::string home = home_directory();
    return home.empty() ? path : home + path.substr(1);
}

} // namespace sshoal::os
