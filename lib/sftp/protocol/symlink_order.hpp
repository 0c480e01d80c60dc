// symlink_order.hpp - the order of the two paths in SYMLINK. In the draft the link comes first (§6.10). OpenSSH sends the target
// first; others do so with all peers, or with peers that they take for OpenSSH.
#pragma once

#include <string_view>

namespace sshoal::sftp_protocol {

/// Returns: whether a peer with this identification string sends, and expects, the link first when it talks to sshoal.
inline bool has_link_first(std::string_view identification) noexcept
{
    for (const std::string_view name : {"-AsyncSSH_", "-libssh_", "-libssh-", "-WinSCP"})
        if (identification.find(name) != std::string_view::npos)
            return true;
    return false;
}

} // namespace sshoal::sftp_protocol
