#include "net/local_end.hpp"

#include <boost/asio/error.hpp>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace sshoal::net {
namespace {

::socklen_t size_of_address(int family) noexcept
{
    return family == AF_INET6 ? ::socklen_t(sizeof(::sockaddr_in6)) : ::socklen_t(sizeof(::sockaddr_in));
}

/// Returns: false if the text is no numeric address of this family.
bool read_address(const std::string& text, int family, ::sockaddr_storage& to) noexcept
{
    to = {};
    to.ss_family = ::sa_family_t(family);
    void* const at = family == AF_INET6 ? static_cast<void*>(&reinterpret_cast<::sockaddr_in6&>(to).sin6_addr)
                                        : static_cast<void*>(&reinterpret_cast<::sockaddr_in&>(to).sin_addr);
    return ::inet_pton(family, text.c_str(), at) == 1;
}

/// Returns: false if the interface has no address of this family.
bool find_interface(const std::string& name, int family, ::sockaddr_storage& to) noexcept
{
    ::ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0)
        return false;
    bool found = false;
    for (const ::ifaddrs* i = first; i != nullptr && !found; i = i->ifa_next) {
        found = i->ifa_addr != nullptr && i->ifa_addr->sa_family == family && name == i->ifa_name;
        if (found)
            std::memcpy(&to, i->ifa_addr, size_of_address(family));
    }
    ::freeifaddrs(first);
    return found;
}

} // namespace

error_code set_local_end(stream_socket& socket, const tcp_endpoint& to, const dial_options& how)
{
    if (how.bind_address().empty() && how.bind_interface().empty() && !how.keep_alive())
        return {}; // async_connect() opens the socket
    error_code ec;
    socket.open(to.protocol(), ec);
    if (ec)
        return ec;
    const int fd = socket.native_handle();
    if (const int on = 1; how.keep_alive() && ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0)
        return {errno, boost::system::system_category()};
    ::sockaddr_storage from = {};
    const int family = to.protocol().family();
    if (!how.bind_address().empty()) {
        if (!read_address(how.bind_address(), family, from))
            return asio::error::address_family_not_supported;
    } else if (!how.bind_interface().empty()) {
        if (!find_interface(how.bind_interface(), family, from))
            return boost::system::errc::make_error_code(boost::system::errc::address_not_available);
    } else {
        return {};
    }
    if (::bind(fd, reinterpret_cast<const ::sockaddr*>(&from), size_of_address(family)) != 0)
        return {errno, boost::system::system_category()};
    return {};
}

} // namespace sshoal::net
