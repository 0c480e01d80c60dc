// peer_quirks.hpp - what some implementations are known to do wrong in a key exchange, by the names that they give themselves. A
// row is here only where nothing else helps: what can be put up with from everybody is put up with from everybody.
#pragma once

#include "base/secure.hpp"

#include <string_view>

namespace sshoal::transport {

struct peer_quirks {
    /// Cisco IOS ends the connection where a group of more than 4096 bits is asked for.
    bool refuses_large_groups = false;
    /// OpenSSH 6.5 and 6.6 hash the secret of curve25519-sha256@libssh.org with the zeros in front of it: one exchange in 512
    /// fails with everybody who does it as RFC 8731 says.
    bool keeps_zeros = false;
};

/// Returns the quirks of the implementation that calls itself so.
peer_quirks quirks_of(std::string_view identification) noexcept;

/// K of curve25519, an mpint with its length, as the peers with `keeps_zeros` hash it: all of its 32 bytes.
secure_bytes with_zeros_in_front(secure_bytes secret);

} // namespace sshoal::transport
