// address_list.hpp - lists of addresses and networks: "192.0.2.0/24", "2001:db8::/32", "10.*", "!10.0.0.1" (ssh_config(5),
// PATTERNS; sshd(8), from=).
#pragma once

#include "trust/pattern.hpp"

#include <string>
#include <vector>

namespace sshoal::trust {

/// Matches a numeric address against a list. An entry that is no network is a pattern. An IPv4 address inside IPv6 counts as the
/// IPv4 address. An address that cannot be read matches no entry.
list_match match_addresses(const std::vector<std::string>& list, std::string_view address);

/// Matches the name of a host against the entries of such a list, which are patterns here.
list_match match_names(const std::vector<std::string>& list, std::string_view host);

/// Checks a list with commas of networks and patterns, as sshd_config has it. Returns: why it cannot be meant so: an empty entry,
/// or a network with bits set behind its length; empty text for a good list.
std::string wrong_address(std::string_view list);

} // namespace sshoal::trust
