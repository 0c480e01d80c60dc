// source.hpp - the part of an address that limits count by.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sshoal::admissions {

/// Returns: a key that is equal for all addresses with the same first bits; nothing if the text is no address. IPv4 addresses
/// that are written as IPv6 ("::ffff:192.0.2.1") count as IPv4.
std::optional<std::string> source_key(std::string_view address, unsigned ipv4_bits, unsigned ipv6_bits);

} // namespace sshoal::admissions
