// signal_names.hpp - signals by the names that they have on the wire (RFC 4254 §6.10).
#pragma once

#include <string>
#include <string_view>

namespace sshoal::os {

/// Returns: the number; 0 for names that a client may not send, or that this system does not have.
int signal_number(std::string_view name) noexcept;

/// Returns: the name, such as "TERM"; a local name ("SIG64@sshoal") for signals that RFC 4254 does not know.
std::string signal_name(int number);

} // namespace sshoal::os
