#include "transport/rekey_policy.hpp"

#include "crypto/packet_cipher.hpp"

#include <algorithm>

namespace sshoal::transport {

key_budget make_key_budget(std::uint64_t bytes, std::uint64_t packets, std::string_view cipher) noexcept
{
    key_budget budget;
    const crypto::cipher_info* const info = crypto::find_cipher(cipher);
    // RFC 4344 §3.2: 2^(L/4) blocks of L bits. For smaller blocks than 128 bits this would be impractically little, so the limit
    // is 1 GiB then.
    if (info && info->block_size >= 16)
        budget.bytes = (std::uint64_t(1) << 32) * 16;
    else
        budget.bytes = std::uint64_t(1) << 30;
    if (bytes > 0)
        budget.bytes = std::min(budget.bytes, bytes);
    if (packets > 0)
        budget.packets = std::min(budget.packets, packets);
    return budget;
}

} // namespace sshoal::transport
