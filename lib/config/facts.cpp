// Facts about this process, for look-ups in configurations.
#include "sshoal/ssh_config.hpp"
#include "sshoal/system_account.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace sshoal {
namespace {

std::vector<std::string> addresses_of_interfaces()
{
    std::vector<std::string> all;
    ::ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0)
        return all;
    for (const ::ifaddrs* i = first; i != nullptr; i = i->ifa_next) {
        if (i->ifa_addr == nullptr)
            continue;
        char text[INET6_ADDRSTRLEN] = {};
        const void* address = nullptr;
        if (i->ifa_addr->sa_family == AF_INET)
            address = &reinterpret_cast<const ::sockaddr_in*>(i->ifa_addr)->sin_addr;
        else if (i->ifa_addr->sa_family == AF_INET6)
            address = &reinterpret_cast<const ::sockaddr_in6*>(i->ifa_addr)->sin6_addr;
        if (address != nullptr && ::inet_ntop(i->ifa_addr->sa_family, address, text, sizeof text) != nullptr)
            all.emplace_back(text);
    }
    ::freeifaddrs(first);
    return all;
}

/// Returns: the account's home folder, as in OpenSSH; $HOME if that does not exist, or is the root of the file system, which
/// accounts of containers and services have; empty if there is neither.
std::string home_of(const std::string& account)
{
    const char* const set = std::getenv("HOME");
    for (const std::string& path : {account, std::string(set != nullptr ? set : "")}) {
        struct ::stat what = {}, root = {};
        if (path.starts_with('/') && ::stat(path.c_str(), &what) == 0 && S_ISDIR(what.st_mode) && ::stat("/", &root) == 0
            && (what.st_dev != root.st_dev || what.st_ino != root.st_ino))
            return path;
    }
    return {};
}

} // namespace

config_facts config_facts::of_this_process()
{
    config_facts f;
    f.user_id = ::getuid();
    const auto found = system_account::find(f.user_id);
    if (found && *found)
        f.local_user = (*found)->name;
    f.home = home_of(found && *found ? (*found)->home : std::string());
    f.version = "sshoal_" SSHOAL_VERSION;
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) == 0)
        f.host_name = name;
    f.variable = [](const std::string& n) -> std::optional<std::string> {
        const char* const set = std::getenv(n.c_str());
        return set != nullptr ? std::optional<std::string>(set) : std::nullopt;
    };
    f.local_addresses = addresses_of_interfaces();
    return f;
}

} // namespace sshoal
