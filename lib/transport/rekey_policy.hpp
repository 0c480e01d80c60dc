// rekey_policy.hpp - the amount of data that the keys of one direction may protect before a rekey (RFC 4253 §9, RFC 4344 §3).
#pragma once

#include <cstdint>
#include <string_view>

namespace sshoal::transport {

/// The data that the keys of one direction have protected so far.
struct key_use {
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
};

/// Past 2^32 packets sequence numbers repeat (RFC 4344 §3.1). A rekey starts before half of that, so that the packets sent during
/// the negotiation cannot reach the limit.
inline constexpr std::uint64_t max_packets_per_key = (std::uint64_t(1) << 31) - 4096;

/// The data that the keys may protect. Zero `bytes` or `packets` mean that only the cipher's own limit applies.
struct key_budget {
    std::uint64_t bytes = ~std::uint64_t(0);
    std::uint64_t packets = max_packets_per_key;

    bool spent(const key_use& use) const noexcept { return use.bytes >= bytes || use.packets >= packets; }
};

key_budget make_key_budget(std::uint64_t bytes, std::uint64_t packets, std::string_view cipher) noexcept;

} // namespace sshoal::transport
