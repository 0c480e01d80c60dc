#include "transport/peer_quirks.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace sshoal::transport {

peer_quirks quirks_of(std::string_view identification) noexcept
{
    peer_quirks q;
    const auto dash = identification.find('-', 4); // behind "SSH-2.0"
    if (dash == std::string_view::npos)
        return q;
    const std::string_view software = identification.substr(dash + 1);
    q.refuses_large_groups = software.starts_with("Cisco-1.");
    q.keeps_zeros = (software.starts_with("OpenSSH_6.5") || software.starts_with("OpenSSH_6.6"))
                    && !software.starts_with("OpenSSH_6.6.1");
    return q;
}

secure_bytes with_zeros_in_front(secure_bytes secret)
{
    constexpr std::size_t prefix = 4, whole = 32;
    if (secret.size() >= prefix + whole)
        return secret; // no leading zero was removed
    secure_bytes padded(prefix + whole);
    std::fill(padded.begin(), padded.end(), std::byte(0));
    padded[prefix - 1] = std::byte(whole);
    std::copy(secret.begin() + prefix, secret.end(), padded.end() - std::ptrdiff_t(secret.size() - prefix));
    return padded;
}

} // namespace sshoal::transport
