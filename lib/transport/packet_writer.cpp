#include "transport/packet_writer.hpp"

#include "transport/packet_format.hpp"

#include <cassert>

namespace sshoal::transport {
namespace {

constexpr std::size_t least_whole = 16; // RFC 4253 §6

std::size_t padding_for(const crypto::packet_shape& shape, std::size_t payload, std::size_t least)
{
    const std::size_t padded = (shape.length_is_padded ? length_field : 0) + 1 + payload;
    std::size_t padding = shape.block_size - padded % shape.block_size;
    if (padding < least_padding)
        padding += shape.block_size;
    while (length_field + 1 + payload + padding < least_whole)
        padding += shape.block_size;
    while (padded + padding < least && padding + shape.block_size <= most_padding)
        padding += shape.block_size;
    return padding;
}

} // namespace

packet_writer::packet_writer(crypto::random_source& random)
    : sealer_(crypto::make_sealer("none", {}, {}))
    , random_(random)
{
}

void packet_writer::install(std::unique_ptr<crypto::packet_sealer> sealer, bool reset_sequence) noexcept
{
    sealer_ = std::move(sealer);
    used_ = {};
    if (reset_sequence)
        sequence_ = 0;
}

std::size_t packet_writer::write(io_buffer& out, byte_view head, byte_view body, std::size_t least)
{
    const crypto::packet_shape& shape = sealer_->shape();
    const std::size_t payload = head.size() + body.size();
    assert(payload > 0);
    const std::size_t padding = padding_for(shape, payload, least);
    const std::size_t whole = length_field + 1 + payload + padding + shape.tag_size;

    const byte_span packet(out.append(whole), whole);
    store_u32(packet.data(), std::uint32_t(1 + payload + padding));
    packet[length_field] = std::byte(padding);
    std::byte* at = packet.data() + length_field + 1;
    if (!head.empty())
        std::memcpy(at, head.data(), head.size());
    if (!body.empty())
        std::memcpy(at + head.size(), body.data(), body.size());
    random_.fill(packet.subspan(length_field + 1 + payload, padding));
    sealer_->seal(sequence_++, packet);

    used_.bytes += whole;
    ++used_.packets;
    return whole;
}

} // namespace sshoal::transport
