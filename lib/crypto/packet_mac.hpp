// packet_mac.hpp - the MAC of one packet: HMAC over its number and its bytes (RFC 4253 §6.4, RFC 2104). Private to lib/crypto and
// its tests.
#pragma once

#include "crypto/fast_paths.hpp"
#include "crypto/packet_cipher.hpp"

namespace sshoal::crypto {

/// The MAC with one key. Two threads must not use it at the same time.
class packet_mac {
public:
    virtual ~packet_mac() = default;
    /// Writes the tag, as many bytes as the hash has.
    virtual void tag(std::uint32_t sequence, byte_view covered, std::byte* to) = 0;
};

/// `hash_size`: 20, 32 or 64 bytes, for SHA-1, SHA-256 and SHA-512.
using packet_mac_maker = std::unique_ptr<packet_mac> (*)(std::size_t hash_size, byte_view key);

std::unique_ptr<packet_mac> make_packet_mac_by_botan(std::size_t hash_size, byte_view key);
/// Keeps the hash states after the two padded keys, which Botan hashes again for each packet. Not with Botan 3, whose compression
/// functions are not public.
std::unique_ptr<packet_mac> make_packet_mac_by_states(std::size_t hash_size, byte_view key);

/// Returns all implementations except Botan's, the fastest first.
std::span<const way<packet_mac_maker>> packet_mac_ways();
bool agree(packet_mac_maker one, packet_mac_maker other);
packet_mac_maker chosen_packet_mac();

/// Makes the fastest implementation for this processor.
inline std::unique_ptr<packet_mac> make_packet_mac(std::size_t hash_size, byte_view key)
{
    return chosen_packet_mac()(hash_size, key);
}

} // namespace sshoal::crypto
