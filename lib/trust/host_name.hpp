// host_name.hpp - host names and addresses in the form in which known_hosts has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sshoal::trust {

/// Lower case; an IPv6 address in its shortest form and without brackets.
std::string normal_host(std::string_view host);

/// The name itself for port 22, else "[name]:port".
std::string host_and_port(std::string_view normal, std::uint16_t port);

/// Whether the name can be written into a line, where it would be read back as just this name.
bool is_plain_host(std::string_view host) noexcept;

} // namespace sshoal::trust
