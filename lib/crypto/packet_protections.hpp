// packet_protections.hpp - the functions that make the packet protections; packet_cipher.cpp chooses among them. Private to
// lib/crypto. Key sizes have been checked by the caller.
#pragma once

#include "crypto/packet_cipher.hpp"

namespace sshoal::crypto {

std::unique_ptr<packet_sealer> make_gcm_sealer(const packet_keys&);
std::unique_ptr<packet_opener> make_gcm_opener(const packet_keys&);

std::unique_ptr<packet_sealer> make_chacha_sealer(const packet_keys&);
std::unique_ptr<packet_opener> make_chacha_opener(const packet_keys&);

std::unique_ptr<packet_sealer> make_ctr_sealer(const packet_keys&, const mac_info&);
std::unique_ptr<packet_opener> make_ctr_opener(const packet_keys&, const mac_info&);

/// Returns whether the padded part of a whole packet consists of whole blocks. The framing ensures this; the check keeps a cipher
/// from reading past the end of any other packet.
inline bool well_formed(const packet_shape& shape, std::size_t packet_size) noexcept
{
    const std::size_t outside = shape.tag_size + (shape.length_is_padded ? 0 : 4);
    return packet_size >= outside + shape.block_size && (packet_size - outside) % shape.block_size == 0;
}

} // namespace sshoal::crypto
