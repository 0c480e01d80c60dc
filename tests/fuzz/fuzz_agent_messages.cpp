// fuzz_agent_messages.cpp - the answers of an agent, which may be the far end of a forwarded connection. The first character of
// the input chooses the message.
#include "agent/protocol/agent_messages.hpp"

#include <cstdlib>

using namespace sshoal;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const byte_view rest = view_of(std::span(data + 1, size - 1));
    switch (char(data[0])) {
    case 'h':
        if (rest.size() >= agent_protocol::frame_head_size) {
            const auto length = agent_protocol::read_frame_head(rest.first<agent_protocol::frame_head_size>());
            require(!length || (*length > 0 && *length <= agent_protocol::most_frame_bytes));
        }
        break;
    case 'i':
        if (const auto identities = agent_protocol::decode_identities_answer(rest)) {
            std::size_t total = 0;
            for (const auto& one : *identities)
                total += one.key_blob.size() + one.comment.size();
            require(total <= rest.size() && identities->size() <= agent_protocol::most_identities);
        }
        break;
    case 's':
        if (const auto signature = agent_protocol::decode_sign_response(rest))
            require(signature->size() <= rest.size());
        break;
    default: {
        // What we ask for is one whole frame, whatever is to be signed.
        const auto request = agent_protocol::encode_sign_request(rest, rest, agent_protocol::sign_flags::rsa_sha2_256);
        if (request) {
            const auto length = agent_protocol::read_frame_head(byte_view(*request).first<agent_protocol::frame_head_size>());
            require(length && *length + agent_protocol::frame_head_size == request->size());
        }
    }
    }
    return 0;
}
