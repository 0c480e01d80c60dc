// agent_messages.hpp - the messages a client exchanges with an agent, without I/O (draft-ietf-sshm-ssh-agent §3, §5).
// Each message is a frame: [4 length][1 type][contents]. The agent is not trusted: it may be the far end of a forwarded
// connection.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/error.hpp"

namespace sshoal::agent_protocol {

constexpr std::size_t frame_head_size = 4;
constexpr std::size_t most_frame_bytes = 256 * 1024; ///< of type and contents, in both directions
constexpr std::size_t most_identities = 2048;

enum class message_type : std::uint8_t {
    failure = 5,
    success = 6,
    request_identities = 11,
    identities_answer = 12,
    sign_request = 13,
    sign_response = 14,
    extension_failure = 28,
};

/// Flags of a sign request: which hash an RSA key signs with. Without one it is SHA-1.
enum class sign_flags : std::uint32_t { none = 0, rsa_sha2_256 = 2, rsa_sha2_512 = 4 };

struct identity {
    bytes key_blob;
    std::string comment; ///< as the agent sent it; to be made printable before it is shown
};

// -- what the client sends: whole frames ----------------------------------------------------------------------------------------
bytes encode_request_identities();
/// Errors: invalid_argument where the request is larger than a frame may be.
result<bytes> encode_sign_request(byte_view key_blob, byte_view data, sign_flags flags);

/// The flag that asks for this signature algorithm; none for the algorithms of other keys.
sign_flags flags_for(std::string_view signature_algorithm) noexcept;

// -- what the agent answers -----------------------------------------------------------------------------------------------------
/// The size of the rest of the frame, from its first four bytes. Errors: agent_failure for 0 and for more than most_frame_bytes.
result<std::size_t> read_frame_head(std::span<const std::byte, frame_head_size> head);

/// `frame` is what follows the head. Errors: agent_failure (the agent refused, or answered with another message),
/// malformed_message.
result<std::vector<identity>> decode_identities_answer(byte_view frame);
/// The signature blob. Errors: as above.
result<bytes> decode_sign_response(byte_view frame);

} // namespace sshoal::agent_protocol
