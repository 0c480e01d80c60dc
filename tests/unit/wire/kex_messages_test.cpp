#include "message_check.hpp"
#include "wire/kex_messages.hpp"

using namespace sshoal;
using namespace wire_test;
namespace msg = sshoal::wire::msg;

namespace {

msg::kexinit sample_kexinit()
{
    msg::kexinit m;
    m.cookie.fill(std::byte('c'));
    m.kex_algorithms.names = {"curve25519-sha256", "ecdh-sha2-nistp256"};
    m.server_host_key_algorithms.names = {"ssh-ed25519"};
    m.encryption_client_to_server.names = {"e1", "e2", "e3"};
    m.encryption_server_to_client.names = {"e4"};
    m.mac_client_to_server.names = {"m1"};
    m.mac_server_to_client.names = {"m2"};
    m.compression_client_to_server.names = {"none", "zlib"};
    m.compression_server_to_client.names = {"none"};
    m.languages_client_to_server.names = {"en"};
    m.languages_server_to_client.names = {"fr"};
    m.first_kex_packet_follows = true;
    m.reserved = 0x01020304;
    return m;
}

layout kexinit_layout(unsigned long reserved, std::string_view kex = "curve25519-sha256,ecdh-sha2-nistp256")
{
    layout l;
    l.byte(20).raw("cccccccccccccccc").string(kex).string("ssh-ed25519");
    l.string("e1,e2,e3").string("e4").string("m1").string("m2").string("none,zlib").string("none").string("en").string("fr");
    l.boolean(true).uint32(reserved);
    return l;
}

} // namespace

TEST_CASE("KEXINIT has the layout of RFC 4253 section 7.1")
{
    check_message("kexinit", sample_kexinit(), kexinit_layout(0x01020304));
    const bytes payload = kexinit_layout(0);
    const auto m = msg::kexinit::decode(payload);
    REQUIRE(m.has_value());
    CHECK(m->reserved == 0);
    CHECK(m->first_kex_packet_follows);
    CHECK(wire::contains(m->kex_algorithms, "ecdh-sha2-nistp256"));
    CHECK_FALSE(wire::contains(m->kex_algorithms, "ecdh-sha2"));
    CHECK(m->encryption_client_to_server.size() == 3);
}

TEST_CASE("KEXINIT refuses lists that are not lists of names")
{
    for (const std::string_view bad : {",a", "a,,", "a,,b", ",", "a b", "a\x7f", "\xc3\xa4", "a\n"})
        CHECK_FALSE(accepted<msg::kexinit>(kexinit_layout(0, bad)));
    CHECK(accepted<msg::kexinit>(kexinit_layout(0, "")));
    CHECK(accepted<msg::kexinit>(kexinit_layout(0, "a,a,a")));
}

TEST_CASE("key exchange messages have the layouts of RFC 4253, 4419 and 5656 and refuse anything else")
{
    check_message("newkeys", msg::newkeys{}, layout().byte(21));
    check_message("ecdh_init", msg::ecdh_init{view_of("Q_C")}, layout().byte(30).string("Q_C"));
    check_message("ecdh_reply", msg::ecdh_reply{view_of("K_S"), view_of("Q_S"), view_of("sig")},
        layout().byte(31).string("K_S").string("Q_S").string("sig"));
    check_message("dh_init", msg::dh_init{view_of("e value")}, layout().byte(30).string("e value"));
    check_message("dh_reply", msg::dh_reply{view_of("K_S"), view_of("f"), view_of("sig")},
        layout().byte(31).string("K_S").string("f").string("sig"));
    check_message("gex_request_old", msg::gex_request_old{0x08000000}, layout().byte(30).uint32(0x08000000));
    check_message("gex_request", msg::gex_request{0x11111111, 0x12121212, 0x13131313},
        layout().byte(34).uint32(0x11111111).uint32(0x12121212).uint32(0x13131313));
    check_message("gex_group", msg::gex_group{view_of("prime"), view_of("g")}, layout().byte(31).string("prime").string("g"));
    check_message("gex_init", msg::gex_init{view_of("e")}, layout().byte(32).string("e"));
    check_message("gex_reply", msg::gex_reply{view_of("K_S"), view_of("f"), view_of("sig")},
        layout().byte(33).string("K_S").string("f").string("sig"));
}

TEST_CASE("public values are positive canonical mpints")
{
    using namespace std::string_view_literals;
    const bytes with_sign_byte = layout().byte(30).string("\0\x80\x01"sv);
    const auto m = msg::dh_init::decode(with_sign_byte);
    REQUIRE(m.has_value());
    CHECK(text_of(m->e) == "\x80\x01");
    CHECK(wire::encoded(*m) == with_sign_byte);

    for (const std::string_view bad : {""sv, "\0"sv, "\0\x7f"sv, "\0\0\x80"sv, "\x80"sv, "\xff\x01"sv, "\xff\x80"sv}) {
        CHECK_FALSE(accepted<msg::dh_init>(layout().byte(30).string(bad)));
        CHECK_FALSE(accepted<msg::dh_reply>(layout().byte(31).string("K").string(bad).string("s")));
        CHECK_FALSE(accepted<msg::gex_group>(layout().byte(31).string(bad).string("g")));
        CHECK_FALSE(accepted<msg::gex_group>(layout().byte(31).string("p").string(bad)));
        CHECK_FALSE(accepted<msg::gex_init>(layout().byte(32).string(bad)));
        CHECK_FALSE(accepted<msg::gex_reply>(layout().byte(33).string("K").string(bad).string("s")));
    }
}
