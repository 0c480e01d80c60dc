#include "message_check.hpp"
#include "wire/connection_messages.hpp"

using namespace sshoal;
using namespace wire_test;
namespace msg = sshoal::wire::msg;

namespace {
// Integers with a first byte other than zero, as message_check.hpp asks for.
constexpr std::uint32_t a = 0xa1000001, b = 0xb2000002, c = 0xc3000003, d = 0xd4000004;
} // namespace

TEST_CASE("global requests have the layout of RFC 4254 section 4 and refuse anything else")
{
    check_open_ended("global_request", msg::global_request{"keepalive@openssh.com", true, view_of("tail")},
        layout().byte(80).string("keepalive@openssh.com").boolean(true).raw("tail"));
    check_open_ended("request_success", msg::request_success{view_of("port")}, layout().byte(81).raw("port"));
    check_open_ended("request_success", msg::request_success{}, layout().byte(81));
    check_message("request_failure", msg::request_failure{}, layout().byte(82));
}

TEST_CASE("channel messages have the layout of RFC 4254 section 5 and refuse anything else")
{
    check_open_ended("channel_open", msg::channel_open{"session", a, b, c, view_of("tail")},
        layout().byte(90).string("session").uint32(a).uint32(b).uint32(c).raw("tail"));
    check_open_ended("channel_open_confirmation", msg::channel_open_confirmation{a, b, c, d, view_of("tail")},
        layout().byte(91).uint32(a).uint32(b).uint32(c).uint32(d).raw("tail"));
    check_message("channel_open_failure", msg::channel_open_failure{a, b, "no", "en"},
        layout().byte(92).uint32(a).uint32(b).string("no").string("en"));
    check_message("channel_window_adjust", msg::channel_window_adjust{a, b}, layout().byte(93).uint32(a).uint32(b));
    check_message("channel_data", msg::channel_data{a, view_of("data")}, layout().byte(94).uint32(a).string("data"));
    check_message("channel_extended_data", msg::channel_extended_data{a, b, view_of("data")},
        layout().byte(95).uint32(a).uint32(b).string("data"));
    check_message("channel_eof", msg::channel_eof{a}, layout().byte(96).uint32(a));
    check_message("channel_close", msg::channel_close{a}, layout().byte(97).uint32(a));
    check_open_ended("channel_request", msg::channel_request{a, "exec", true, view_of("tail")},
        layout().byte(98).uint32(a).string("exec").boolean(true).raw("tail"));
    check_message("channel_success", msg::channel_success{a}, layout().byte(99).uint32(a));
    check_message("channel_failure", msg::channel_failure{a}, layout().byte(100).uint32(a));
}

TEST_CASE("the overhead of data messages is what stands in front of the data")
{
    CHECK(wire::encoded(msg::channel_data{a, {}}).size() == msg::channel_data::overhead);
    CHECK(wire::encoded(msg::channel_extended_data{a, b, {}}).size() == msg::channel_extended_data::overhead);
}

TEST_CASE("decoded views point into the payload")
{
    const bytes payload = layout().byte(94).uint32(7).string("data");
    const auto m = msg::channel_data::decode(payload);
    REQUIRE(m.has_value());
    CHECK(m->recipient == 7);
    CHECK(m->data.data() == payload.data() + 9);
}
