#include "agent/protocol/agent_messages.hpp"

#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace sshoal::agent_protocol {
namespace {

/// An identity takes at least two length fields.
constexpr std::size_t least_identity_bytes = 8;

/// A frame of known size whose contents the caller appends.
bytes begin_frame(message_type type, std::size_t contents)
{
    bytes frame;
    frame.reserve(frame_head_size + 1 + contents);
    wire::writer(frame).u32(std::uint32_t(1 + contents)).u8(std::uint8_t(type));
    return frame;
}

bool is(message_type type, std::uint8_t number) noexcept { return number == std::uint8_t(type); }

} // namespace

bytes encode_request_identities() { return begin_frame(message_type::request_identities, 0); }

result<bytes> encode_sign_request(byte_view key_blob, byte_view data, sign_flags flags)
{
    constexpr std::size_t fixed = 4 + 4 + 4;
    if (key_blob.size() > most_frame_bytes || data.size() > most_frame_bytes
        || 1 + fixed + key_blob.size() + data.size() > most_frame_bytes)
        return errc::invalid_argument;
    bytes frame = begin_frame(message_type::sign_request, fixed + key_blob.size() + data.size());
    wire::writer(frame).string(key_blob).string(data).u32(std::uint32_t(flags));
    return frame;
}

sign_flags flags_for(std::string_view signature_algorithm) noexcept
{
    if (signature_algorithm == "rsa-sha2-512")
        return sign_flags::rsa_sha2_512;
    if (signature_algorithm == "rsa-sha2-256")
        return sign_flags::rsa_sha2_256;
    return sign_flags::none;
}

result<std::size_t> read_frame_head(std::span<const std::byte, frame_head_size> head)
{
    const std::size_t size = load_u32(head.data());
    if (size == 0 || size > most_frame_bytes)
        return errc::agent_failure;
    return size;
}

result<std::vector<identity>> decode_identities_answer(byte_view frame)
{
    wire::reader in(frame);
    const std::uint8_t type = in.u8();
    if (!in.ok())
        return errc::malformed_message;
    if (!is(message_type::identities_answer, type))
        return errc::agent_failure;
    const std::uint32_t count = in.u32();
    // The count is checked against what the frame can hold before anything is reserved for it.
    if (!in.ok() || count > most_identities || count > in.left() / least_identity_bytes)
        return errc::malformed_message;
    std::vector<identity> identities;
    identities.reserve(count);
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
        const byte_view blob = in.string();
        const std::string_view comment = in.text();
        identities.push_back({copy_of(blob), std::string(comment)});
    }
    if (!in.finished())
        return errc::malformed_message;
    return identities;
}

result<bytes> decode_sign_response(byte_view frame)
{
    wire::reader in(frame);
    const std::uint8_t type = in.u8();
    if (!in.ok())
        return errc::malformed_message;
    if (!is(message_type::sign_response, type))
        return errc::agent_failure;
    const byte_view signature = in.string();
    if (!in.finished() || signature.empty())
        return errc::malformed_message;
    return copy_of(signature);
}

} // namespace sshoal::agent_protocol
