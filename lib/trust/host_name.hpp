// host_name.hpp - host names and addresses in the form that known_hosts uses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sshoal::trust {

/// Returns: the name in lower case; an IPv6 address in its shortest form and without brackets.
std::string normal_host(std::string_view host);

/// Returns: the name itself for port 22, else "[name]:port".
std::string host_and_port(std::string_view normal, std::uint16_t port);

/// Returns: whether the name can be written into a line and be read back as the same name.
bool is_plain_host(std::string_view host) noexcept;

} // namespace sshoal::trust
