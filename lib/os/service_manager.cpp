#include "sshoal/service_manager.hpp"

#include "os/descriptor.hpp"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sshoal {
namespace {

constexpr int first_inherited = 3;
constexpr int most_inherited = 1024; // systemd itself has no limit; a process has about so many descriptors

std::optional<long long> number_in(const char* variable)
{
    const char* text = std::getenv(variable);
    if (text == nullptr)
        return std::nullopt;
    long long n = 0;
    const char* end = text + std::strlen(text);
    const auto [stopped, why] = std::from_chars(text, end, n);
    return why == std::errc() && stopped == end && n >= 0 ? std::optional<long long>(n) : std::nullopt;
}

/// Returns: whether what the variable says is meant for this process. Without the variable it is meant for whoever reads it.
bool is_for_this_process(const char* variable)
{
    return std::getenv(variable) == nullptr || number_in(variable) == static_cast<long long>(::getpid());
}

} // namespace

std::vector<owned_descriptor> inherited_sockets()
{
    std::vector<owned_descriptor> all;
    const auto count = number_in("LISTEN_FDS");
    if (count && *count <= most_inherited && std::getenv("LISTEN_PID") != nullptr && is_for_this_process("LISTEN_PID"))
        for (int fd = first_inherited; fd < first_inherited + static_cast<int>(*count); ++fd)
            if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
                all.emplace_back(fd);
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(variable);
    return all;
}

bool notify_service_manager(std::string_view state) noexcept
{
    const char* path = std::getenv("NOTIFY_SOCKET");
    ::sockaddr_un to = {};
    const std::size_t length = path != nullptr ? std::strlen(path) : 0;
    if (length < 2 || length >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return false;
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path, length);
    if (path[0] == '@')
        to.sun_path[0] = '\0'; // an abstract socket
    const os::descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto size = static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + length);
    return socket
           && ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const ::sockaddr*>(&to), size)
                  == static_cast<::ssize_t>(state.size());
}

std::string reload_time()
{
    ::timespec now = {};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return "MONOTONIC_USEC=" + std::to_string(static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

std::optional<std::chrono::microseconds> watchdog_interval()
{
    const auto interval = number_in("WATCHDOG_USEC");
    if (!interval || *interval == 0 || !is_for_this_process("WATCHDOG_PID"))
        return std::nullopt;
    return std::chrono::microseconds(*interval);
}

} // namespace sshoal
