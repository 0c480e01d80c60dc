#include "message_check.hpp"
#include "wire/auth_messages.hpp"

using namespace sshoal;
using namespace wire_test;
namespace msg = sshoal::wire::msg;

TEST_CASE("authentication messages have the layout of RFC 4252 and refuse anything else")
{
    check_open_ended("userauth_request", msg::userauth_request{"user", "ssh-connection", "password", view_of("rest")},
        layout().byte(50).string("user").string("ssh-connection").string("password").raw("rest"));
    check_message("failure", msg::userauth_failure{{{"publickey", "password"}}, true},
        layout().byte(51).string("publickey,password").boolean(true));
    check_message("success", msg::userauth_success{}, layout().byte(52));
    check_message("banner", msg::userauth_banner{"welcome", "en"}, layout().byte(53).string("welcome").string("en"));
    check_message("pk_ok", msg::userauth_pk_ok{"ssh-ed25519", view_of("blob")},
        layout().byte(60).string("ssh-ed25519").string("blob"));
    check_message("changereq", msg::userauth_passwd_changereq{"expired", "en"}, layout().byte(60).string("expired").string("en"));
    CHECK(accepted<msg::userauth_failure>(layout().byte(51).string("").boolean(false)));
    CHECK_FALSE(accepted<msg::userauth_failure>(layout().byte(51).string("a,,").boolean(false)));
}

TEST_CASE("the fields of each method have the layout of RFC 4252, 4256 and OpenSSH's PROTOCOL")
{
    check_message("none", msg::auth_none{}, layout());
    check_message("password", msg::auth_password{false, "secret", {}}, layout().boolean(false).string("secret"));
    check_message("new password", msg::auth_password{true, "old", "fresh"}, layout().boolean(true).string("old").string("fresh"));
    check_message("publickey query", msg::auth_publickey{false, "ssh-ed25519", view_of("blob"), {}},
        layout().boolean(false).string("ssh-ed25519").string("blob"));
    check_message("publickey", msg::auth_publickey{true, "ssh-ed25519", view_of("blob"), view_of("sig")},
        layout().boolean(true).string("ssh-ed25519").string("blob").string("sig"));
    check_message("hostbound query", msg::auth_publickey_hostbound{false, "ssh-rsa", view_of("blob"), view_of("host"), {}},
        layout().boolean(false).string("ssh-rsa").string("blob").string("host"));
    check_message("hostbound", msg::auth_publickey_hostbound{true, "ssh-rsa", view_of("blob"), view_of("host"), view_of("sig")},
        layout().boolean(true).string("ssh-rsa").string("blob").string("host").string("sig"));
    check_message("keyboard-interactive", msg::auth_keyboard_interactive{"en", "pam"}, layout().string("en").string("pam"));
    check_message("hostbased", msg::auth_hostbased{"ssh-rsa", view_of("blob"), "host.example", "root", view_of("sig")},
        layout().string("ssh-rsa").string("blob").string("host.example").string("root").string("sig"));
}

TEST_CASE("a publickey query must not carry a signature, nor a plain password a second one")
{
    CHECK_FALSE(accepted<msg::auth_publickey>(layout().boolean(false).string("a").string("k").string("sig")));
    CHECK_FALSE(accepted<msg::auth_publickey>(layout().boolean(true).string("a").string("k")));
    CHECK_FALSE(accepted<msg::auth_password>(layout().boolean(false).string("a").string("b")));
    CHECK_FALSE(accepted<msg::auth_password>(layout().boolean(true).string("a")));
}

TEST_CASE("a request is its header and the fields of the method, in plain and in secure memory")
{
    const msg::auth_password m{false, "secret", {}};
    const bytes expected =
        layout().byte(50).string("me").string("ssh-connection").string("password").boolean(false).string("secret");
    bytes plain;
    wire::writer w(plain);
    msg::encode_userauth_request(w, "me", "ssh-connection", m);
    CHECK(plain == expected);
    secure_bytes secure;
    wire::secure_writer s(secure);
    msg::encode_userauth_request(s, "me", "ssh-connection", m);
    CHECK(equal(secure, expected));

    const auto header = msg::userauth_request::decode(plain);
    REQUIRE(header.has_value());
    CHECK(header->method == msg::auth_password::method);
    const auto body = msg::auth_password::decode(header->rest);
    REQUIRE(body.has_value());
    CHECK(body->password == "secret");
}

TEST_CASE("signatures cover the session identifier and the request up to the signature")
{
    const auto session = view_of("session id");
    bytes input;
    wire::writer w(input);
    msg::write_signature_input(w, session, "me", "ssh-connection",
        msg::auth_publickey{false, "ssh-ed25519", view_of("blob"), {}});
    const bytes publickey = layout().string("session id").byte(50).string("me").string("ssh-connection").string("publickey")
        .boolean(true).string("ssh-ed25519").string("blob");
    CHECK(input == publickey);

    input.clear();
    msg::write_signature_input(w, session, "me", "ssh-connection",
        msg::auth_publickey_hostbound{true, "ssh-ed25519", view_of("blob"), view_of("host"), view_of("sig")});
    const bytes hostbound = layout().string("session id").byte(50).string("me").string("ssh-connection")
        .string("publickey-hostbound-v00@openssh.com").boolean(true).string("ssh-ed25519").string("blob").string("host");
    CHECK(input == hostbound);

    input.clear();
    msg::write_signature_input(w, session, "me", "ssh-connection",
        msg::auth_hostbased{"ssh-rsa", view_of("blob"), "host.example", "root", view_of("sig")});
    const bytes hostbased = layout().string("session id").byte(50).string("me").string("ssh-connection").string("hostbased")
        .string("ssh-rsa").string("blob").string("host.example").string("root");
    CHECK(input == hostbased);
}

TEST_CASE("keyboard-interactive messages have the layout of RFC 4256 and refuse anything else")
{
    msg::userauth_info_request request{"name", "instruction", "en", {{"Password: ", false}, {"Code: ", true}}};
    check_message("info_request", request, layout().byte(60).string("name").string("instruction").string("en").uint32(2)
        .string("Password: ").boolean(false).string("Code: ").boolean(true));
    check_message("info_response", msg::userauth_info_response{{"secret", "123456"}},
        layout().byte(61).uint32(2).string("secret").string("123456"));
    CHECK(accepted<msg::userauth_info_request>(layout().byte(60).string("").string("").string("").uint32(0)));
    CHECK(accepted<msg::userauth_info_response>(layout().byte(61).uint32(0)));

    secure_bytes secure;
    wire::encode_to(secure, msg::userauth_info_response{{"x"}});
    CHECK(equal(secure, layout().byte(61).uint32(1).string("x")));
}

TEST_CASE("up to 100 prompts and responses, and a count that cannot be true allocates nothing")
{
    for (const std::uint32_t count : {99u, 100u, 101u}) {
        layout request, response;
        request.byte(60).string("").string("").string("").uint32(count);
        response.byte(61).uint32(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            request.string("").boolean(false);
            response.string("");
        }
        CHECK(accepted<msg::userauth_info_request>(request) == (count <= 100));
        CHECK(accepted<msg::userauth_info_response>(response) == (count <= 100));
    }
    for (const std::uint32_t count : {1u, 100u, 0x33333334u, 0x40000001u, 0xffffffffu}) {
        const bytes request = layout().byte(60).string("").string("").string("").uint32(count);
        const bytes response = layout().byte(61).uint32(count);
        reset_largest_allocation();
        const bool any = msg::userauth_info_request::decode(request).has_value()
            || msg::userauth_info_response::decode(response).has_value();
        const std::size_t asked = largest_allocation();
        CHECK_FALSE(any);
        CHECK(asked == 0);
    }
}
