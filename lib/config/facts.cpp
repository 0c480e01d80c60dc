// Facts about this process, and about the machine of a client, for look-ups in configurations.
#include "sshoal/ssh_config.hpp"
#include "sshoal/sshd_config.hpp"
#include "sshoal/system_account.hpp"

#include "base/wildcard.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

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
std::string home_folder(const std::string& account)
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

struct address_list_end {
    void operator()(::addrinfo* first) const noexcept { ::freeaddrinfo(first); }
};
using found_addresses = std::unique_ptr<::addrinfo, address_list_end>;

/// Returns: the addresses of a name; those of a text that is an address itself without a question to anybody, if `flags` says so.
found_addresses addresses_of(const std::string& name, int flags)
{
    ::addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    ::addrinfo* first = nullptr;
    return found_addresses(::getaddrinfo(name.c_str(), nullptr, &hints, &first) == 0 ? first : nullptr);
}

std::string numeric(const ::addrinfo& a)
{
    char text[NI_MAXHOST] = {};
    return ::getnameinfo(a.ai_addr, a.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 ? text : "";
}

} // namespace

std::string login_facts::look_up_host()
{
    host = address;
    const found_addresses own = address ? addresses_of(*address, AI_NUMERICHOST) : nullptr;
    char name[NI_MAXHOST] = {};
    if (!own || ::getnameinfo(own->ai_addr, own->ai_addrlen, name, sizeof name, nullptr, 0, NI_NAMEREQD) != 0)
        return {};
    std::string found(name);
    for (char& c : found)
        c = ascii_lower(c);
    // The owner of the address's zone may write any text into a PTR record, an address among others.
    if (addresses_of(found, AI_NUMERICHOST))
        return "Nasty PTR record \"" + printable(found) + "\" is set up for " + *address + ", ignoring";
    const std::string wanted = numeric(*own);
    const found_addresses back = addresses_of(found, 0);
    for (const ::addrinfo* a = back.get(); a != nullptr; a = a->ai_next)
        if (numeric(*a) == wanted) {
            host = std::move(found);
            return {};
        }
    return "Address " + *address + " maps to " + printable(found) + ", but this does not map back to the address.";
}

config_facts config_facts::of_this_process()
{
    config_facts f;
    f.user_id = ::getuid();
    const auto found = system_account::find(f.user_id);
    if (found && *found)
        f.local_user = (*found)->name;
    f.home = home_folder(found && *found ? (*found)->home : std::string());
    f.version = "sshoal_" SSHOAL_VERSION;
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) == 0)
        f.host_name = name;
    f.variable = [](const std::string& n) -> std::optional<std::string> {
        const char* const set = std::getenv(n.c_str());
        return set != nullptr ? std::optional<std::string>(set) : std::nullopt;
    };
    f.home_of = [](const std::string& user) -> std::optional<std::string> {
        const auto account = system_account::find(user);
        return account && *account ? std::optional((*account)->home) : std::nullopt;
    };
    f.local_addresses = addresses_of_interfaces();
    return f;
}

} // namespace sshoal
