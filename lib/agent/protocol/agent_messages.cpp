#include "agent/protocol/agent_messages.hpp"

#include "wire/fields.hpp"

namespace sshoal::agent_protocol {
namespace {

template <class M>
bytes frame_of(const M& m, std::size_t contents)
{
    bytes frame;
    frame.reserve(frame_head_size + 1 + contents);
    wire::writer w(frame);
    w.u32(std::uint32_t(1 + contents));
    wire::encode(w, m);
    return frame;
}

/// Errors: agent_failure if the answer is another message; malformed_message.
template <class M>
result<M> decode_answer(byte_view frame)
{
    if (!frame.empty() && std::uint8_t(frame[0]) != M::number)
        return errc::agent_failure;
    return wire::codec<M>::decode(frame);
}

} // namespace

bytes encode_request_identities() { return frame_of(msg::request_identities{}, 0); }

result<bytes> encode_sign_request(byte_view key_blob, byte_view data, sign_flags flags)
{
    constexpr std::size_t fixed = 4 + 4 + 4;
    if (key_blob.size() > most_frame_bytes || data.size() > most_frame_bytes
        || 1 + fixed + key_blob.size() + data.size() > most_frame_bytes)
        return errc::invalid_argument;
    return frame_of(msg::sign_request{key_blob, data, std::uint32_t(flags)}, fixed + key_blob.size() + data.size());
}

result<secure_bytes> encode_add_identity(byte_view key_fields, std::string_view comment, std::uint32_t lifetime_seconds, bool confirm)
{
    constexpr std::uint8_t lifetime_constraint = 1, confirm_constraint = 2; // §3.2.7
    constexpr std::size_t most_others = 1 + 4 + 5 + 1;
    if (key_fields.size() > most_frame_bytes || comment.size() > most_frame_bytes
        || key_fields.size() + comment.size() + most_others > most_frame_bytes)
        return errc::invalid_argument;
    const bool constrained = lifetime_seconds != 0 || confirm;
    secure_bytes body;
    wire::secure_writer w(body);
    w.u8(std::uint8_t(constrained ? message_type::add_id_constrained : message_type::add_identity));
    w.raw(key_fields).string(comment);
    if (lifetime_seconds != 0)
        w.u8(lifetime_constraint).u32(lifetime_seconds);
    if (confirm)
        w.u8(confirm_constraint);
    secure_bytes frame;
    wire::secure_writer(frame).string(byte_view(body));
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
    const auto answer = decode_answer<msg::identities_answer>(frame);
    if (!answer)
        return answer.error();
    std::vector<identity> identities;
    identities.reserve(answer->identities.size());
    for (const msg::identities_answer::listed& one : answer->identities)
        identities.push_back({copy_of(one.key_blob), std::string(one.comment)});
    return identities;
}

result<void> decode_success(byte_view frame)
{
    if (frame.size() != 1 || frame[0] != std::byte(message_type::success))
        return errc::agent_failure;
    return {};
}

result<bytes> decode_sign_response(byte_view frame)
{
    const auto answer = decode_answer<msg::sign_response>(frame);
    if (!answer)
        return answer.error();
    if (answer->signature.empty())
        return errc::malformed_message;
    return copy_of(answer->signature);
}

} // namespace sshoal::agent_protocol
