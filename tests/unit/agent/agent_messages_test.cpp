// agent_messages_test.cpp - the agent protocol against published layouts and hostile answers.
#include "agent/protocol/agent_messages.hpp"
#include "catch.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

using namespace sshoal;
using namespace sshoal::agent_protocol;

namespace {

bytes identities_frame(std::uint32_t count, std::initializer_list<std::pair<std::string_view, std::string_view>> list)
{
    bytes frame;
    wire::writer out(frame);
    out.u8(12).u32(count);
    for (const auto& [blob, comment] : list)
        out.string(blob).string(comment);
    return frame;
}

bytes sign_response(std::string_view signature)
{
    bytes frame;
    wire::writer(frame).u8(14).string(signature);
    return frame;
}

result<std::size_t> head(std::uint32_t size)
{
    std::byte octets[4];
    store_u32(octets, size);
    return read_frame_head(octets);
}

} // namespace

TEST_CASE("the request for identities is one byte in a frame")
{
    CHECK(encode_request_identities() == bytes{std::byte(0), std::byte(0), std::byte(0), std::byte(1), std::byte(11)});
}

TEST_CASE("a key that is added goes with its comment and its limits")
{
    const auto request = [](std::uint32_t seconds, bool confirm) {
        return encode_add_identity(view_of("key"), "me@desk", seconds, confirm).value();
    };
    const secure_bytes plain = request(0, false);
    wire::reader in(plain);
    CHECK(in.u32() == plain.size() - 4);
    CHECK(in.u8() == 17);
    CHECK(text_of(in.take(3)) == "key");
    CHECK(in.text() == "me@desk");
    CHECK(in.left() == 0);
    const secure_bytes limited = request(300, true);
    wire::reader more(limited);
    CHECK(more.u32() == limited.size() - 4);
    CHECK(more.u8() == 25);
    CHECK(text_of(more.take(3)) == "key");
    CHECK(more.text() == "me@desk");
    CHECK(more.u8() == 1);
    CHECK(more.u32() == 300);
    CHECK(more.u8() == 2);
    CHECK(more.left() == 0);
    CHECK(encode_add_identity(bytes(most_frame_bytes), "", 0, false).has_error());
    const std::byte success[] = {std::byte(6)}, failed[] = {std::byte(5)};
    CHECK(decode_success(success).has_value());
    CHECK(decode_success(failed).has_error());
    CHECK(decode_success({}).has_error());
}

TEST_CASE("a sign request holds key, data and flags")
{
    const bytes frame = encode_sign_request(view_of("key"), view_of("data"), flags_for("rsa-sha2-512")).value();
    wire::reader in(frame);
    CHECK(in.u32() == frame.size() - 4);
    CHECK(in.u8() == 13);
    CHECK(in.text() == "key");
    CHECK(in.text() == "data");
    CHECK(in.u32() == 4);
    CHECK(in.finished());
}

TEST_CASE("only RSA algorithms need a flag")
{
    CHECK(flags_for("rsa-sha2-256") == sign_flags::rsa_sha2_256);
    CHECK(flags_for("ssh-ed25519") == sign_flags::none);
    CHECK(flags_for("ssh-rsa") == sign_flags::none);
}

TEST_CASE("a sign request is never larger than a frame may be")
{
    const bytes data(most_frame_bytes);
    CHECK(encode_sign_request(view_of("key"), data, sign_flags::none).error() == errc::invalid_argument);
    const byte_view fits = byte_view(data).first(most_frame_bytes - 13 - 3);
    CHECK(encode_sign_request(view_of("key"), fits, sign_flags::none).value().size() == most_frame_bytes + 4);
    CHECK_FALSE(encode_sign_request(view_of("key!"), fits, sign_flags::none).has_value());
}

TEST_CASE("frame lengths outside 1 to 256 KiB are refused")
{
    CHECK(head(0).error() == errc::agent_failure);
    CHECK(head(1).value() == 1);
    CHECK(head(256 * 1024).value() == 256 * 1024);
    CHECK(head(256 * 1024 + 1).error() == errc::agent_failure);
    CHECK(head(0xffffffff).error() == errc::agent_failure);
}

TEST_CASE("identities are read in the agent's order")
{
    const auto list = decode_identities_answer(identities_frame(2, {{"blob one", "first"}, {"blob two", ""}})).value();
    REQUIRE(list.size() == 2);
    CHECK(text_of(list[0].key_blob) == "blob one");
    CHECK(list[0].comment == "first");
    CHECK(text_of(list[1].key_blob) == "blob two");
    CHECK(list[1].comment.empty());
    CHECK(decode_identities_answer(identities_frame(0, {})).value().empty());
}

TEST_CASE("an identity count that the frame cannot hold is refused before memory is taken for it")
{
    CHECK(decode_identities_answer(identities_frame(0xffffffff, {{"b", "c"}})).error() == errc::malformed_message);
    CHECK(decode_identities_answer(identities_frame(2, {{"b", "c"}})).error() == errc::malformed_message);
    CHECK(decode_identities_answer(identities_frame(0, {{"b", "c"}})).error() == errc::malformed_message);
    bytes many;
    wire::writer out(many);
    out.u8(12).u32(2049);
    for (int i = 0; i < 2049; ++i)
        out.string(std::string_view("b")).string(std::string_view());
    CHECK(decode_identities_answer(many).error() == errc::malformed_message);
    store_u32(many.data() + 1, 2048);
    many.erase(many.end() - 9, many.end());
    CHECK(decode_identities_answer(many).value().size() == 2048);
}

TEST_CASE("every truncation and any extension of an answer is refused")
{
    const bytes identities = identities_frame(2, {{"blob one", "first"}, {"blob two", "second"}});
    for (std::size_t n = 0; n < identities.size(); ++n)
        CHECK_FALSE(decode_identities_answer(byte_view(identities).first(n)).has_value());
    const bytes signature = sign_response("signature");
    for (std::size_t n = 0; n < signature.size(); ++n)
        CHECK_FALSE(decode_sign_response(byte_view(signature).first(n)).has_value());
    bytes longer = signature;
    longer.push_back(std::byte(0));
    CHECK(decode_sign_response(longer).error() == errc::malformed_message);
}

TEST_CASE("length fields that lie are refused")
{
    bytes frame = sign_response("signature");
    for (const std::uint32_t lie : {0u, 8u, 10u, 0x7fffffffu, 0xffffffffu}) {
        store_u32(frame.data() + 1, lie);
        CHECK_FALSE(decode_sign_response(frame).has_value());
    }
}

TEST_CASE("a sign response gives the signature blob")
{
    CHECK(text_of(decode_sign_response(sign_response("signature")).value()) == "signature");
    CHECK(decode_sign_response(sign_response("")).error() == errc::malformed_message);
}

TEST_CASE("failure and every other message type is an agent failure")
{
    for (unsigned type = 0; type < 256; ++type) {
        const bytes frame{std::byte(type), std::byte(0), std::byte(0), std::byte(0), std::byte(0)};
        if (type != 12)
            CHECK(decode_identities_answer(frame).error() == errc::agent_failure);
        if (type != 14)
            CHECK(decode_sign_response(frame).error() == errc::agent_failure);
    }
}
