// symlink_order.hpp - which of its two paths comes first in SYMLINK: the draft says the link (§6.10), OpenSSH sends the target
// first, and others do as OpenSSH does with all peers, or with those that they take for OpenSSH.
#pragma once

#include <string_view>

namespace sshoal::sftp_protocol {

/// Whether a peer with this identification string sends, and expects, the link first when it talks to sshoal.
inline bool has_link_first(std::string_view identification) noexcept
{
    for (const std::string_view name : {"-AsyncSSH_", "-libssh_", "-libssh-", "-WinSCP"})
        if (identification.find(name) != std::string_view::npos)
            return true;
    return false;
}

} // namespace sshoal::sftp_protocol
