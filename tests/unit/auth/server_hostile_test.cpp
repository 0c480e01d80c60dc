// A server against a scripted client that cheats.
#include "hostile_server.hpp"

using namespace sshoal;
using namespace sshoal::auth;
using namespace sshoal::auth::test;
namespace number = sshoal::wire::number;

namespace {

auth_decision partial_with(std::vector<std::string> methods)
{
    auth_decision d;
    d.what = auth_decision::kind::more;
    d.methods = std::move(methods);
    return d;
}

auth_decision two_prompts()
{
    auth_decision d;
    d.what = auth_decision::kind::ask;
    d.prompts = {prompt{"a", false}, prompt{"b", true}};
    return d;
}

} // namespace

TEST_CASE("auth server T45: only ssh-userauth is served")
{
    hostile_server s;
    wire::msg::service_request request;
    SECTION("another service")
    {
        const std::string name = GENERATE(std::string(), std::string("ssh-connection"), std::string(1 << 20, 'x'));
        request.name = name;
        s.begin();
        s.feed_message(request);
        CHECK(s.failed_with(disconnect_reason::service_not_available));
        CHECK(s.result->error().context().size() < 512);
        CHECK(s.sent.empty());
    }
    SECTION("again and again counts as requests do")
    {
        s.settings.max_requests = 3;
        s.begin_accepted();
        request.name = "ssh-userauth";
        for (int i = 0; i < 3; ++i) {
            s.feed_message(request);
            CHECK(s.take_number() == number::service_accept);
        }
        CHECK(s.asked == 0);
        s.feed_message(request);
        CHECK(s.failed_with(errc::authentication_failed));
    }
    SECTION("another service later")
    {
        s.begin_accepted();
        request.name = "ssh-connection";
        s.feed_message(request);
        CHECK(s.failed_with(disconnect_reason::service_not_available));
    }
    SECTION("while a dialogue is under way")
    {
        s.begin_accepted();
        s.feed_request("alice", wire::msg::auth_keyboard_interactive{});
        s.reply(two_prompts());
        request.name = "ssh-userauth";
        s.feed_message(request);
        CHECK(s.failed_with(errc::unexpected_message));
    }
    SECTION("nothing else comes first")
    {
        for (int n = 0; n < 256; ++n) {
            if (n == number::service_request)
                continue;
            hostile_server other;
            other.begin();
            other.feed_number(std::uint8_t(n));
            CHECK(other.failed_with(errc::unexpected_message));
        }
    }
    SECTION("a log-in to something else than ssh-connection")
    {
        s.begin_accepted();
        s.feed_request("alice", wire::msg::auth_none{}, GENERATE("", "ssh-userauth", "shell"));
        CHECK(s.failed_with(disconnect_reason::service_not_available));
        CHECK(s.asked == 0);
    }
}

TEST_CASE("auth server T39 T43: a message that is no request ends the log-in, at every step")
{
    const bool in_dialogue = GENERATE(false, true);
    for (int n = 0; n < 256; ++n) {
        if (n == number::userauth_request || n == (in_dialogue ? number::userauth_info_response : number::service_request))
            continue;
        hostile_server s;
        s.begin_accepted();
        if (in_dialogue) {
            s.feed_request("alice", wire::msg::auth_keyboard_interactive{});
            s.reply(two_prompts());
        }
        s.feed_number(std::uint8_t(n));
        CHECK(s.failed_with(errc::unexpected_message));
    }
}

TEST_CASE("auth server T49: odd methods get a plain failure, and count")
{
    hostile_server s;
    s.settings.banner = "hello";
    s.begin_accepted();
    const std::string huge(64 * 1024, 'm');
    const std::string with_nul("pass\0word", 9);
    unsigned count = 0;
    for (const std::string_view method : {std::string_view(""), std::string_view(with_nul), std::string_view(huge),
             std::string_view("password,publickey"), std::string_view("gssapi-with-mic"), std::string_view("hostbased")}) {
        s.feed_raw("alice", "ssh-connection", method, view_of(std::string_view("\0\0\0\1", 4)));
        if (count++ == 0)
            CHECK(s.take_number() == number::userauth_banner);
        s.expect_rejected_unasked();
    }
    CHECK(s.rejected.size() == count);
    CHECK(s.asked == 0);
}

TEST_CASE("auth server T49 T52: the first none is free, each repetition is a try")
{
    hostile_server s;
    s.settings.max_tries = 3;
    s.begin_accepted();
    for (int i = 0; i < 3; ++i) {
        s.feed_none();
        REQUIRE(s.settle());
        s.expect_failure();
        CHECK(s.rejected.size() == std::size_t(i));
    }
    s.feed_none();
    s.settle();
    CHECK(s.failed_with(errc::authentication_failed));
    CHECK(s.sent.empty());
}

TEST_CASE("auth server T44: another user starts from nothing")
{
    hostile_server s;
    s.begin_accepted();
    s.feed_password("pw", "alice");
    s.reply(partial_with({"keyboard-interactive"}));
    CHECK(s.expect_failure(true) == std::vector<std::string>{"keyboard-interactive"});
    s.feed_password("pw", "alice"); // no longer on offer
    s.expect_rejected_unasked();
    const std::string other = GENERATE(std::string("bob"), std::string("alice\0", 6), std::string(300, 'a'));
    s.feed_password("pw", other);
    if (s.question) {
        CHECK(s.question->succeeded.empty());
        s.reply(auth_decision::kind::reject);
    }
    CHECK(s.expect_failure() == s.settings.methods);
    s.feed_password("pw", "alice");
    REQUIRE(s.question);
    CHECK(s.question->succeeded.empty());
    s.reply(auth_decision::kind::accept);
    REQUIRE(s.succeeded());
    CHECK((*s.result)->methods == std::vector<std::string>{"password"});
}

TEST_CASE("auth server: method none does not finish what another method began")
{
    hostile_server s;
    s.begin_accepted();
    s.feed_password("pw");
    s.reply(partial_with({"publickey"}));
    s.expect_failure(true);
    s.feed_none();
    s.expect_rejected_unasked();
}

TEST_CASE("auth server T50: passwords are taken as they are, and only whole")
{
    hostile_server s;
    s.begin_accepted();
    SECTION("empty, and with a NUL")
    {
        for (const std::string_view password : {std::string_view(""), std::string_view("a\0b", 3)}) {
            s.feed_password(password);
            REQUIRE(s.question);
            CHECK(s.question->what == asked_for::password);
            CHECK(s.question->password == password);
            s.reply(auth_decision::kind::reject);
            s.expect_failure();
        }
    }
    SECTION("a change asks once, with both passwords")
    {
        wire::msg::auth_password m;
        m.change = true;
        m.password = "old";
        m.new_password = "new";
        s.feed_request("alice", m);
        REQUIRE(s.question);
        CHECK(s.question->what == asked_for::new_password);
        CHECK(s.question->new_password == "new");
        s.reply(auth_decision::kind::reject);
        s.expect_failure();
    }
    SECTION("cut or followed by something")
    {
        bytes rest;
        wire::writer w(rest);
        w.boolean(false).string("pw");
        for (const std::size_t size : {std::size_t(0), std::size_t(1), rest.size() - 1, rest.size() + 1}) {
            bytes damaged = rest;
            damaged.resize(size);
            s.feed_raw("alice", "ssh-connection", "password", damaged);
            s.expect_rejected_unasked();
        }
    }
    SECTION("a decision that makes no sense is a no")
    {
        s.feed_password("pw");
        s.reply(auth_decision::kind::ask);
        s.expect_failure();
    }
}

TEST_CASE("auth server T51: a dialogue wants exactly the answers that were asked for")
{
    hostile_server s;
    s.begin_accepted();
    s.feed_request("alice", wire::msg::auth_keyboard_interactive{});
    s.reply(two_prompts());
    CHECK(s.take_number() == number::userauth_info_request);
    CHECK_FALSE(s.busy_now);
    SECTION("too few") { s.feed_answers(std::vector<std::string_view>(GENERATE(0u, 1u), "x")); }
    SECTION("too many") { s.feed_answers(std::vector<std::string_view>(GENERATE(3u, 100u, 101u), "x")); }
    SECTION("too long")
    {
        const std::string huge(s.settings.max_password + 1, 'x');
        s.feed_answers({"x", huge});
    }
    SECTION("2^32-1")
    {
        bytes out;
        wire::writer w(out);
        w.u8(61).u32(0xffffffff).string("x");
        s.feed(std::move(out));
    }
    s.expect_rejected_unasked();
    CHECK(s.rejected.size() == 1);
    // The dialogue is over, so a late response has nothing to respond to.
    s.feed_answers({"a", "b"});
    CHECK(s.failed_with(errc::unexpected_message));
}

TEST_CASE("auth server T51: another request ends the dialogue, costs a try and is served itself")
{
    hostile_server s;
    s.settings.max_tries = GENERATE(1u, 2u);
    s.begin_accepted();
    s.feed_request("alice", wire::msg::auth_keyboard_interactive{});
    s.reply(two_prompts());
    s.take();
    s.feed_password("pw");
    CHECK(s.rejected == std::vector<std::string>{"alice:keyboard-interactive"});
    CHECK(s.refusals == std::vector{events::auth_refusal::abandoned});
    if (s.settings.max_tries == 1) {
        CHECK(s.failed_with(errc::authentication_failed));
        return;
    }
    CHECK(s.sent.empty());
    REQUIRE(s.question);
    CHECK(s.question->what == asked_for::password);
    CHECK(s.question->password == "pw");
    s.reply(auth_decision::kind::accept);
    CHECK(s.succeeded());
}

TEST_CASE("auth server T51: dialogues have an end")
{
    hostile_server s;
    s.begin_accepted();
    s.feed_request("alice", wire::msg::auth_keyboard_interactive{});
    for (int i = 0; i < 100; ++i) {
        REQUIRE(s.question);
        s.reply(two_prompts());
        CHECK(s.take_number() == number::userauth_info_request);
        s.feed_answers({"a", "b"});
    }
    s.reply(two_prompts());
    s.expect_failure();
}

TEST_CASE("auth server: what the application offers is cut down to what a FAILURE can name")
{
    hostile_server s;
    s.settings.methods = {"none", "password", "bad,name", "password", "hostbased"};
    s.begin_accepted();
    s.feed_none();
    s.reply(auth_decision::kind::reject);
    CHECK(s.expect_failure() == std::vector<std::string>{"password"});
    s.feed_password("pw");
    auth_decision d;
    d.methods = {"publickey", "none"};
    s.reply(std::move(d));
    CHECK(s.expect_failure() == std::vector<std::string>{"publickey"});
}

TEST_CASE("auth server: cut headers end the log-in")
{
    bytes whole;
    wire::writer w(whole);
    wire::msg::encode_userauth_request(w, "alice", "ssh-connection", wire::msg::auth_none{});
    for (std::size_t size = 1; size < whole.size(); ++size) {
        hostile_server s;
        s.begin_accepted();
        bytes cut = whole;
        cut.resize(size);
        s.feed(std::move(cut));
        CHECK(s.failed_with(errc::malformed_message));
    }
}
