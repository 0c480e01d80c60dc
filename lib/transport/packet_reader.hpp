// packet_reader.hpp - reads binary packets from the input (RFC 4253 §6) and checks every length before use.
#pragma once

#include "base/io_buffer.hpp"
#include "crypto/packet_cipher.hpp"
#include "sshoal/error.hpp"
#include "transport/rekey_policy.hpp"

#include <memory>

namespace sshoal::transport {

struct incoming_packet {
    enum class kind : std::uint8_t { need_more, packet, broken };
    kind state = kind::need_more;
    std::uint32_t sequence = 0;
    byte_view payload;     ///< at least one byte; points into the input
    std::size_t whole = 0; ///< bytes to consume when the payload has been used
};

class packet_reader {
public:
    explicit packet_reader(std::size_t max_packet);

    /// Returns the packet at the front of the input, decrypted in place. Consume `whole` bytes before the next call.
    incoming_packet next(io_buffer& in);
    /// Returns why a packet was broken: packet_too_large, protocol_error or mac_mismatch. No further packet can be read.
    const failure& why_broken() const noexcept { return broken_; }

    /// Sets the keys for all packets behind the one that was read last.
    void install(std::unique_ptr<crypto::packet_opener> opener, bool reset_sequence) noexcept;
    const key_use& used() const noexcept { return used_; }
    std::uint32_t next_sequence() const noexcept { return sequence_; } ///< number of the packet that next() will return

private:
    bool length_is_sane();
    incoming_packet refuse(errc code, const char* why);

    std::unique_ptr<crypto::packet_opener> opener_;
    std::size_t max_packet_;
    std::uint32_t sequence_ = 0;
    std::uint32_t length_ = 0;
    bool length_known_ = false;
    key_use used_;
    failure broken_;
};

} // namespace sshoal::transport
