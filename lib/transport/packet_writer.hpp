// packet_writer.hpp - appends binary packets to the output (RFC 4253 §6) and seals them in place.
#pragma once

#include "base/io_buffer.hpp"
#include "crypto/packet_cipher.hpp"
#include "crypto/rng.hpp"
#include "transport/rekey_policy.hpp"

#include <memory>

namespace sshoal::transport {

class packet_writer {
public:
    explicit packet_writer(crypto::random_source& random);

    /// Writes one packet whose payload is `head` followed by `body`. The padded part has at least `least` bytes, as far as 255
    /// bytes of padding suffice, which can hide the length of a password. Returns the size of the packet in bytes.
    std::size_t write(io_buffer& out, byte_view head, byte_view body, std::size_t least = 0);

    /// Sets the keys for the next packet.
    void install(std::unique_ptr<crypto::packet_sealer> sealer, bool reset_sequence) noexcept;
    const key_use& used() const noexcept { return used_; }
    std::uint32_t next_sequence() const noexcept { return sequence_; } ///< number of the packet that write() will make

private:
    std::unique_ptr<crypto::packet_sealer> sealer_;
    crypto::random_source& random_;
    std::uint32_t sequence_ = 0;
    key_use used_;
};

} // namespace sshoal::transport
