#include "transport/packet_reader.hpp"

#include "transport/packet_format.hpp"

#include <algorithm>
#include <string>

namespace sshoal::transport {
namespace {

constexpr std::size_t least_max_packet = 35000; // RFC 4253 §6.1

} // namespace

packet_reader::packet_reader(std::size_t max_packet)
    : opener_(crypto::make_opener("none", {}, {}))
    , max_packet_(std::max(max_packet, least_max_packet))
{
}

void packet_reader::install(std::unique_ptr<crypto::packet_opener> opener, bool reset_sequence) noexcept
{
    opener_ = std::move(opener);
    used_ = {};
    if (reset_sequence)
        sequence_ = 0;
}

incoming_packet packet_reader::refuse(errc code, const char* why)
{
    broken_ = failure(code, why);
    incoming_packet p;
    p.state = incoming_packet::kind::broken;
    return p;
}

// The length is not authenticated yet. It only decides for how many bytes the reader waits, so a length within the limits is
// harmless.
bool packet_reader::length_is_sane()
{
    const crypto::packet_shape& shape = opener_->shape();
    const std::size_t padded = length_ + (shape.length_is_padded ? length_field : 0);
    return padded % shape.block_size == 0 && padded >= shape.block_size && length_ >= 1 + 1 + least_padding;
}

incoming_packet packet_reader::next(io_buffer& in)
{
    incoming_packet p;
    if (broken_) {
        p.state = incoming_packet::kind::broken;
        return p;
    }
    const crypto::packet_shape& shape = opener_->shape();
    if (!length_known_) {
        if (in.size() < shape.head_size)
            return p;
        length_ = opener_->open_length(sequence_, in.data().first(shape.head_size));
        length_known_ = true;
        if (length_ > max_packet_)
            return refuse(errc::packet_too_large, "Bad packet length: longer than the limit, or damaged");
        if (!length_is_sane())
            return refuse(errc::protocol_error, "Bad packet length: too short, or not of whole blocks");
    }
    const std::size_t whole = length_field + length_ + shape.tag_size;
    if (in.size() < whole)
        return p;
    const byte_span packet = in.data().first(whole);
    if (!opener_->open(sequence_, packet))
        return refuse(errc::mac_mismatch, "message authentication code incorrect: the packet was damaged or changed on its way");
    const std::size_t padding = std::size_t(packet[length_field]);
    if (padding < least_padding || padding + 1 >= length_)
        return refuse(errc::protocol_error, "a packet has impossible padding, or no payload");

    p.state = incoming_packet::kind::packet;
    p.sequence = sequence_++;
    p.payload = byte_view(packet).subspan(length_field + 1, length_ - 1 - padding);
    p.whole = whole;
    length_known_ = false;
    used_.bytes += whole;
    ++used_.packets;
    return p;
}

} // namespace sshoal::transport
