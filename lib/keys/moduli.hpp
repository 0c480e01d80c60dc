// moduli.hpp - the groups that a server offers in group exchange (RFC 4419), from a file such as /etc/ssh/moduli.
#pragma once

#include "crypto/key_agreement.hpp"

#include <optional>

namespace sshoal::keys {

/// Reads groups of 2048 to 16384 bits, at most `most` of them. Lines are skipped if they are malformed, if they declare the
/// number composite or untested, or if the number does not have the size that they declare.
std::vector<crypto::dh_group> read_moduli(std::string_view text, std::size_t most = 4096);

/// Chooses a group of the smallest size of at least `preferred` bits, or else of the largest size below, within
/// `least`..`greatest`; at random among the groups of that size. Returns nothing if no group fits.
std::optional<crypto::dh_group> choose_group(std::span<const crypto::dh_group> groups, std::size_t least, std::size_t preferred,
                                             std::size_t greatest, crypto::random_source& random);

} // namespace sshoal::keys
