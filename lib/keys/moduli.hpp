// moduli.hpp - the groups a server offers in group exchange (RFC 4419), from a file such as /etc/ssh/moduli.
#pragma once

#include "crypto/key_agreement.hpp"

#include <optional>

namespace sshoal::keys {

/// Groups from 2048 to 16384 bits. Lines that are malformed, say that the number is composite or untested, or whose number has
/// another size than they say are left out; so is everything past `most` groups.
std::vector<crypto::dh_group> read_moduli(std::string_view text, std::size_t most = 4096);

/// The smallest size of at least `preferred` bits, else the largest below it, within `least`..`greatest`; at random among the
/// groups of that size. Nothing where no group fits.
std::optional<crypto::dh_group> choose_group(std::span<const crypto::dh_group> groups, std::size_t least, std::size_t preferred,
                                             std::size_t greatest, crypto::random_source& random);

} // namespace sshoal::keys
