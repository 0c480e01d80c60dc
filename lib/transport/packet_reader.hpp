// packet_reader.hpp - takes binary packets off the input (RFC 4253 §6), checking every length before it is relied upon.
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
    byte_view payload;     ///< at least one byte; inside the input until that is consumed
    std::size_t whole = 0; ///< bytes to consume when the payload has been used
};

class packet_reader {
public:
    explicit packet_reader(std::size_t max_packet);

    /// The packet at the front of the input, decrypted in place. Call it again only after consuming `whole` bytes.
    incoming_packet next(io_buffer& in);
    /// Why a packet was broken: packet_too_large, protocol_error or mac_mismatch. Nothing can be read any more.
    const failure& why_broken() const noexcept { return broken_; }

    /// The keys for everything behind the packet that was read last.
    void install(std::unique_ptr<crypto::packet_opener> opener, bool reset_sequence) noexcept;
    const key_use& used() const noexcept { return used_; }
    std::uint32_t next_sequence() const noexcept { return sequence_; } ///< of the packet that next() will give

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
