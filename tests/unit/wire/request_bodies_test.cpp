#include "message_check.hpp"
#include "wire/forwarding_requests.hpp"
#include "wire/session_requests.hpp"

using namespace sshoal;
using namespace wire_test;
namespace msg = sshoal::wire::msg;

namespace {
constexpr std::uint32_t a = 0xa1000001, b = 0xb2000002, c = 0xc3000003, d = 0xd4000004;
} // namespace

TEST_CASE("session requests have the layout of RFC 4254 section 6 and refuse anything else")
{
    check_message("no fields", msg::no_fields{}, layout());
    check_message("pty-req", msg::pty_req{"xterm", a, b, c, d, view_of("modes")},
        layout().string("xterm").uint32(a).uint32(b).uint32(c).uint32(d).string("modes"));
    check_message("x11-req", msg::x11_req{true, "MIT-MAGIC-COOKIE-1", "c00c1e", a},
        layout().boolean(true).string("MIT-MAGIC-COOKIE-1").string("c00c1e").uint32(a));
    check_message("env", msg::env{"LANG", "C.UTF-8"}, layout().string("LANG").string("C.UTF-8"));
    check_message("exec", msg::exec{"uname -a"}, layout().string("uname -a"));
    check_message("subsystem", msg::subsystem{"sftp"}, layout().string("sftp"));
    check_message("window-change", msg::window_change{a, b, c, d}, layout().uint32(a).uint32(b).uint32(c).uint32(d));
    check_message("xon-xoff", msg::xon_xoff{true}, layout().boolean(true));
    check_message("signal", msg::signal{"TERM"}, layout().string("TERM"));
    check_message("exit-status", msg::exit_status{a}, layout().uint32(a));
    check_message("exit-signal", msg::exit_signal{"KILL", true, "killed", "en"},
        layout().string("KILL").boolean(true).string("killed").string("en"));
    check_message("break", msg::break_request{a}, layout().uint32(a));
}

TEST_CASE("forwarding requests have the layout of RFC 4254 and OpenSSH's PROTOCOL and refuse anything else")
{
    check_message("direct-tcpip", msg::direct_tcpip{"db.internal", a, "127.0.0.1", b},
        layout().string("db.internal").uint32(a).string("127.0.0.1").uint32(b));
    check_message("forwarded-tcpip", msg::forwarded_tcpip{"0.0.0.0", a, "192.0.2.1", b},
        layout().string("0.0.0.0").uint32(a).string("192.0.2.1").uint32(b));
    check_message("x11", msg::x11_open{"192.0.2.1", a}, layout().string("192.0.2.1").uint32(a));
    check_message("direct-streamlocal", msg::direct_streamlocal{"/run/x.sock", "r", a},
        layout().string("/run/x.sock").string("r").uint32(a));
    check_message("forwarded-streamlocal", msg::forwarded_streamlocal{"/run/x.sock", "r"},
        layout().string("/run/x.sock").string("r"));
    check_message("tcpip-forward", msg::tcpip_forward{"localhost", a}, layout().string("localhost").uint32(a));
    check_message("tcpip-forward reply", msg::tcpip_forward_reply{a}, layout().uint32(a));
    check_message("streamlocal-forward", msg::streamlocal_forward{"/run/x.sock"}, layout().string("/run/x.sock"));
}

TEST_CASE("lists of host keys run to the end of the request and hold up to 64 entries")
{
    msg::host_keys keys;
    keys.entries = {view_of("key one"), view_of("key two")};
    const bytes wire = wire::encoded(keys);
    const bytes expected = layout().string("key one").string("key two");
    CHECK(wire == expected);
    for (std::size_t n = 0; n <= wire.size(); ++n)
        CHECK(accepted<msg::host_keys>(byte_view(wire).first(n)) == (n == 0 || n == 11 || n == 22));
    for (const unsigned count : {63u, 64u, 65u, 10000u}) {
        layout many;
        for (unsigned i = 0; i < count; ++i)
            many.string("k");
        CHECK(accepted<msg::host_keys>(many) == (count <= 64));
    }
    CHECK_FALSE(accepted<msg::host_keys>(layout().uint32(0xffffffff)));
}
