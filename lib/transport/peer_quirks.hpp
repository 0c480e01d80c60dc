// peer_quirks.hpp - known errors of some implementations in the key exchange, by identification string. A quirk is listed only if
// nothing else helps: deviations that can be accepted from every peer are accepted from every peer.
#pragma once

#include "base/secure.hpp"

#include <string_view>

namespace sshoal::transport {

struct peer_quirks {
    /// Cisco IOS ends the connection if the client requests a group of more than 4096 bits.
    bool refuses_large_groups = false;
    /// OpenSSH 6.5 and 6.6 hash the secret of curve25519-sha256@libssh.org with its leading zeros: one exchange in 512 fails with
    /// peers that follow RFC 8731.
    bool keeps_zeros = false;
};

/// Returns the quirks of the implementation with this identification string.
peer_quirks quirks_of(std::string_view identification) noexcept;

/// Returns K of curve25519, an mpint with its length, as peers with `keeps_zeros` hash it: all of its 32 bytes.
secure_bytes with_zeros_in_front(secure_bytes secret);

} // namespace sshoal::transport
