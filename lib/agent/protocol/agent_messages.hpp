// agent_messages.hpp - the messages that a client exchanges with an agent, without I/O (draft-ietf-sshm-ssh-agent §3, §5).
// Each message is a frame: [4 length][1 type][contents]. The structs list the fields of the contents once, as the messages of the
// room wire do. The agent is not trusted: it may be the far end of a forwarded connection.
#pragma once

#include "base/secure.hpp"
#include "sshoal/error.hpp"
#include "wire/message.hpp"

#include <vector>

namespace sshoal::agent_protocol {

constexpr std::size_t frame_head_size = 4;
constexpr std::size_t most_frame_bytes = 256 * 1024; ///< type and contents, in both directions
constexpr std::uint32_t most_identities = 2048;

enum class message_type : std::uint8_t {
    failure = 5,
    success = 6,
    request_identities = 11,
    identities_answer = 12,
    sign_request = 13,
    sign_response = 14,
    add_identity = 17,
    add_id_constrained = 25,
    extension_failure = 28,
};

/// Flags of a sign request: the hash with which an RSA key signs. Without a flag the agent uses SHA-1.
enum class sign_flags : std::uint32_t { none = 0, rsa_sha2_256 = 2, rsa_sha2_512 = 4 };

// -- the fields of the messages; `number` is the type ---------------------------------------------------------------------------
namespace msg {

struct request_identities {
    static constexpr auto number = std::uint8_t(message_type::request_identities);

    static void fields(auto&, auto&) {}
};

struct sign_request {
    static constexpr auto number = std::uint8_t(message_type::sign_request);
    byte_view key_blob;
    byte_view data;
    std::uint32_t flags = 0; ///< sign_flags

    static void fields(auto& m, auto& v) { v(m.key_blob, m.data, m.flags); }
};

struct identities_answer {
    static constexpr auto number = std::uint8_t(message_type::identities_answer);
    struct listed {
        byte_view key_blob;
        std::string_view comment;

        static void fields(auto& m, auto& v) { v(m.key_blob, m.comment); }
    };
    std::vector<listed> identities;

    static void fields(auto& m, auto& v) { v.counted(m.identities, most_identities, 4 + 4); }
};

struct sign_response {
    static constexpr auto number = std::uint8_t(message_type::sign_response);
    byte_view signature;

    static void fields(auto& m, auto& v) { v(m.signature); }
};

} // namespace msg

struct identity {
    bytes key_blob;
    std::string comment; ///< as the agent sent it; make the comment printable before you show it
};

// -- the client's messages: whole frames
// ------------------------------------------------------------------------------------------
bytes encode_request_identities();
/// Errors: invalid_argument if the request is larger than a frame may be.
result<bytes> encode_sign_request(byte_view key_blob, byte_view data, sign_flags flags);

/// `key_fields` are the type and the numbers of the private key. A lifetime of 0 has no end.
/// Errors: invalid_argument if the request is larger than a frame may be.
result<secure_bytes> encode_add_identity(byte_view key_fields, std::string_view comment, std::uint32_t lifetime_seconds, bool confirm);

/// Returns: the flag that asks for this signature algorithm; 0 for the algorithms of keys other than RSA.
sign_flags flags_for(std::string_view signature_algorithm) noexcept;

// -- the agent's answers
// ----------------------------------------------------------------------------------------------------------
/// Returns: the size of the rest of the frame, read from the first four bytes of the frame. Errors: agent_failure for 0 and for
/// more than most_frame_bytes.
result<std::size_t> read_frame_head(std::span<const std::byte, frame_head_size> head);

/// `frame` is the frame without its head. Errors: agent_failure if the agent refused or answered with another message;
/// malformed_message.
result<std::vector<identity>> decode_identities_answer(byte_view frame);
/// Errors: agent_failure if the agent did not answer with success.
result<void> decode_success(byte_view frame);
/// Returns: the signature blob. Errors: those of decode_identities_answer().
result<bytes> decode_sign_response(byte_view frame);

} // namespace sshoal::agent_protocol
