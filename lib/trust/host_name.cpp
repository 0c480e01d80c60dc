#include "trust/host_name.hpp"

#include "base/wildcard.hpp"

#include <arpa/inet.h>

namespace sshoal::trust {

std::string normal_host(std::string_view host)
{
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    std::string name(host);
    for (char& c : name)
        c = ascii_lower(c);
    if (name.find(':') == std::string::npos)
        return name;
    ::in6_addr address;
    char text[INET6_ADDRSTRLEN];
    if (::inet_pton(AF_INET6, name.c_str(), &address) == 1 && ::inet_ntop(AF_INET6, &address, text, sizeof text) != nullptr)
        return text;
    return name;
}

std::string host_and_port(std::string_view normal, std::uint16_t port)
{
    if (port == 22)
        return std::string(normal);
    std::string name = "[";
    return name.append(normal).append("]:").append(std::to_string(port));
}

bool is_plain_host(std::string_view host) noexcept
{
    if (host.empty() || host.size() > 1024 || host.front() == '|' || host.front() == '@' || host.front() == '#')
        return false;
    for (const char c : host)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == ',' || c == '*' || c == '?' || c == '!' || c == '['
            || c == ']')
            return false;
    return true;
}

} // namespace sshoal::trust
