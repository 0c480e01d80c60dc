#include "message_check.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace wire_test;
namespace msg = sshoal::wire::msg;

TEST_CASE("transport messages have the layout of RFC 4253 and refuse anything else")
{
    check_message("disconnect", msg::disconnect{0x0b000002, "so long", "en"},
        layout().byte(1).uint32(0x0b000002).string("so long").string("en"));
    check_message("ignore", msg::ignore{view_of("chaff")}, layout().byte(2).string("chaff"));
    check_message("unimplemented", msg::unimplemented{0xfedcba98}, layout().byte(3).uint32(0xfedcba98));
    check_message("debug", msg::debug{true, "text", "en"}, layout().byte(4).boolean(true).string("text").string("en"));
    check_message("debug", msg::debug{false, "t", "fr"}, layout().byte(4).boolean(false).string("t").string("fr"));
    check_message("service_request", msg::service_request{"ssh-userauth"}, layout().byte(5).string("ssh-userauth"));
    check_message("service_accept", msg::service_accept{"ssh-connection"}, layout().byte(6).string("ssh-connection"));
    check_message("ping", msg::ping{view_of("data")}, layout().byte(192).string("data"));
    check_message("pong", msg::pong{view_of("atad")}, layout().byte(193).string("atad"));

    msg::ext_info info;
    info.extensions = {{"server-sig-algs", view_of("ssh-ed25519,rsa-sha2-256")}, {"x@example.org", view_of("y")}};
    check_message("ext_info", info,
        layout().byte(7).uint32(2).string("server-sig-algs").string("ssh-ed25519,rsa-sha2-256")
            .string("x@example.org").string("y"));
}

TEST_CASE("empty fields of transport messages are fine")
{
    CHECK(accepted<msg::disconnect>(layout().byte(1).uint32(11).string("").string("")));
    CHECK(accepted<msg::ignore>(layout().byte(2).string("")));
    CHECK(accepted<msg::ping>(layout().byte(192).string("")));
    CHECK(accepted<msg::ext_info>(layout().byte(7).uint32(0)));
}

TEST_CASE("any non-zero byte is TRUE")
{
    const bytes payload = layout().byte(4).byte(0x80).string("t").string("");
    const auto m = msg::debug::decode(payload);
    REQUIRE(m.has_value());
    CHECK(m->always_display);
}

TEST_CASE("an EXT_INFO holds up to 1024 extensions, duplicates included")
{
    for (const std::uint32_t count : {1023u, 1024u, 1025u}) {
        layout payload;
        payload.byte(7).uint32(count);
        for (std::uint32_t i = 0; i < count; ++i)
            payload.string("same").string("value");
        CHECK(accepted<msg::ext_info>(payload) == (count <= 1024));
    }
    CHECK_FALSE(accepted<msg::ext_info>(layout().byte(7).uint32(0xffffffff)));
    CHECK_FALSE(accepted<msg::ext_info>(layout().byte(7).uint32(1024)));
}

TEST_CASE("encode_to replaces what the buffer held")
{
    bytes out = layout().string("stale");
    wire::encode_to(out, msg::unimplemented{0x01020304});
    const bytes expected = layout().byte(3).uint32(0x01020304);
    CHECK(out == expected);
}
