// A client against a scripted server that cheats.
#include "auth_rig.hpp"
#include "catch.hpp"

using namespace sshoal;
using namespace sshoal::auth;
using namespace sshoal::auth::test;
namespace number = sshoal::wire::number;

namespace {

/// A client that has everything to offer.
void equip(client_rig& c)
{
    c.settings.user = "alice";
    c.settings.methods = {"publickey", "keyboard-interactive", "password"};
    c.settings.identities = {identity_of(test_key(0)), identity_of(test_key(1))};
    c.settings.has_password = c.settings.has_interactive = true;
    c.decide = usual_answers({test_key(0), test_key(1)}, "pw");
}

wire::msg::userauth_request request_of(const bytes& payload)
{
    const auto m = wire::msg::userauth_request::decode(payload);
    REQUIRE(m.has_value());
    return *m;
}

void feed_pk_ok(client_rig& c, const private_key& key, std::string_view algorithm)
{
    wire::msg::userauth_pk_ok ok;
    ok.algorithm = algorithm;
    ok.key = key.public_half().blob();
    c.feed_message(ok);
}

void feed_round(client_rig& c, std::size_t prompts)
{
    wire::msg::userauth_info_request round;
    round.instruction = "text";
    round.prompts.resize(prompts);
    c.feed_message(round);
}

} // namespace

TEST_CASE("auth client T42: success without proof is told apart and can be refused")
{
    client_rig c;
    equip(c);
    c.settings.refuse_no_proof = GENERATE(false, true);
    SECTION("to method none")
    {
        c.settings.probe_none = true;
        c.begin_accepted();
    }
    SECTION("to the query of a key") { c.begin_accepted(); }
    SECTION("to a dialogue without questions")
    {
        c.settings.identities.clear();
        c.begin_accepted();
        feed_round(c, 0);
        REQUIRE(c.settle());
    }
    SECTION("after answers in a dialogue that was given up")
    {
        c.settings.identities.clear();
        c.settings.has_password = false;
        c.begin_accepted();
        feed_round(c, 1);
        REQUIRE(c.settle());
        feed_round(c, 1);
        REQUIRE(c.question);
        c.reply(std::optional<std::vector<secret_text>>());
    }
    c.feed_message(wire::msg::userauth_success{});
    if (c.settings.refuse_no_proof) {
        CHECK(c.failed_with(errc::authentication_failed));
    } else {
        REQUIRE(c.succeeded());
        CHECK_FALSE((*c.result)->proof_given);
    }
}

TEST_CASE("auth client T42 T43: nothing but the answer to the service request is taken before it")
{
    for (int n = 0; n < 256; ++n) {
        if (n == number::service_accept)
            continue;
        client_rig c;
        equip(c);
        c.begin();
        c.feed_number(std::uint8_t(n));
        // The engine hands UNIMPLEMENTED over where it names the request.
        CHECK(c.failed_with(n == number::unimplemented ? errc::authentication_failed : errc::unexpected_message));
        CHECK(c.sent.size() == 1);
    }
}

TEST_CASE("auth client: the accepted service must be the one that was asked for")
{
    client_rig c;
    equip(c);
    c.begin();
    wire::msg::service_accept accept;
    accept.name = GENERATE("", "ssh-connection", "ssh-userauth2");
    c.feed_message(accept);
    CHECK(c.failed_with(errc::protocol_error));
}

TEST_CASE("auth client T39 T43: a message that does not answer the request ends the log-in, at every step")
{
    // 0: a query is out; 1: a signed request; 2: a password; 3: method none; 4: answers of a dialogue.
    const int step = GENERATE(0, 1, 2, 3, 4);
    for (int n = 0; n < 256; ++n) {
        const bool general = n == number::userauth_failure || n == number::userauth_success || n == number::userauth_banner;
        const bool own = n == 60 && (step == 0 || step == 2 || step == 4);
        if (general || own || n == number::unimplemented)
            continue;
        client_rig c;
        equip(c);
        if (step >= 2)
            c.settings.identities.clear();
        c.settings.has_interactive = step == 4;
        c.settings.probe_none = step == 3;
        c.begin_accepted();
        if (step == 1)
            feed_pk_ok(c, test_key(0), "ssh-ed25519");
        if (step == 4)
            feed_round(c, 1);
        while (c.settle()) {
        }
        REQUIRE(c.listening());
        c.feed_number(std::uint8_t(n));
        CHECK(c.failed_with(errc::unexpected_message));
    }
}

TEST_CASE("auth client: cut and padded replies are refused")
{
    using Catch::Generators::as;
    const auto which = GENERATE(as<std::uint8_t>{}, number::userauth_failure, number::userauth_success, number::userauth_banner,
                                number::userauth_pk_ok);
    bytes whole;
    if (which == number::userauth_failure) {
        wire::msg::userauth_failure m;
        m.methods.names = {"publickey"};
        whole = wire::encoded(m);
    } else if (which == number::userauth_success) {
        whole = wire::encoded(wire::msg::userauth_success{});
    } else if (which == number::userauth_banner) {
        wire::msg::userauth_banner m;
        m.text = "hi";
        whole = wire::encoded(m);
    } else {
        wire::msg::userauth_pk_ok m;
        m.algorithm = "ssh-ed25519";
        m.key = test_key(0).public_half().blob();
        whole = wire::encoded(m);
    }
    for (std::size_t size = 1; size <= whole.size() + 1; ++size) {
        if (size == whole.size())
            continue;
        client_rig c;
        equip(c);
        c.begin_accepted();
        bytes damaged = whole;
        damaged.resize(size);
        const std::size_t sent = c.sent.size();
        c.feed(std::move(damaged));
        if (which != number::userauth_pk_ok) {
            CHECK(c.failed_with(errc::malformed_message));
            continue;
        }
        // An answer about a key that cannot be read costs that key: the next one is offered, and none has signed.
        CHECK_FALSE(c.result);
        CHECK_FALSE(c.question);
        CHECK(c.sent.size() == sent + 1);
    }
}

TEST_CASE("auth client: PK_OK that names another key or an algorithm of another type is no leave to sign, and costs that key")
{
    client_rig c;
    equip(c);
    c.begin_accepted();
    SECTION("another key") { feed_pk_ok(c, test_key(1), "ssh-ed25519"); }
    SECTION("another algorithm") { feed_pk_ok(c, test_key(0), "rsa-sha2-256"); }
    CHECK_FALSE(c.result);
    CHECK_FALSE(c.question);
    while (c.sent.size() > 1)
        c.take();
    const bytes next = c.take(); // the second key is offered
    const auto offer = wire::msg::auth_publickey::decode(request_of(next).rest);
    REQUIRE(offer.has_value());
    CHECK_FALSE(offer->has_signature);
    CHECK(equal(offer->key, test_key(1).public_half().blob()));
}

TEST_CASE("auth client T52: every key is offered once, whatever the server says about it")
{
    client_rig c;
    equip(c);
    c.settings.has_password = c.settings.has_interactive = false;
    c.settings.identities.push_back(c.settings.identities.front());
    const bool sign = GENERATE(false, true);
    const bool partial = GENERATE(false, true);
    c.begin_accepted();
    std::size_t offers = 0;
    while (!c.result) {
        const bytes sent = c.take();
        REQUIRE(request_of(sent).method == "publickey");
        REQUIRE(++offers < 10);
        if (sign) {
            feed_pk_ok(c, test_key(offers - 1), "ssh-ed25519");
            REQUIRE(c.settle());
            c.take();
        }
        c.feed_failure({"publickey"}, partial);
    }
    CHECK(offers == 2);
    CHECK(c.failed_with(errc::authentication_failed));
}

TEST_CASE("auth client T52: passwords and dialogues end after the allowed number, also if the server is never content")
{
    client_rig c;
    equip(c);
    c.settings.identities.clear();
    c.settings.password_prompts = GENERATE(0u, 1u, 3u);
    const bool partial = GENERATE(false, true);
    c.begin_accepted();
    unsigned passwords = 0, dialogues = 0;
    while (!c.result) {
        while (c.settle()) {
        }
        const bytes sent = c.take();
        const std::string method(request_of(sent).method);
        passwords += method == "password";
        if (method == "keyboard-interactive") {
            ++dialogues;
            feed_round(c, 1);
            REQUIRE(c.settle());
            c.take();
        }
        REQUIRE(passwords + dialogues < 20);
        c.feed_failure({"password", "keyboard-interactive"}, partial);
        while (c.settle()) {
        }
    }
    CHECK(passwords == c.settings.password_prompts);
    CHECK(dialogues == c.settings.password_prompts);
    CHECK(c.failed_with(errc::authentication_failed));
}

TEST_CASE("auth client: only methods of the last list are used")
{
    client_rig c;
    equip(c);
    c.begin_accepted();
    c.take();
    c.feed_failure({"hostbased", "password"});
    REQUIRE(c.settle());
    CHECK(request_of(c.take()).method == "password");
    c.feed_failure({});
    CHECK(c.failed_with(errc::authentication_failed));
    CHECK(c.result->error().context() == "tried publickey (1 key), password; the server accepts nothing");
}

TEST_CASE("auth client T51: prompt counts of a dialogue are bounded, and so are its rounds")
{
    client_rig c;
    equip(c);
    c.settings.identities.clear();
    c.begin_accepted();
    SECTION("2^32-1 prompts announced")
    {
        bytes out;
        wire::writer w(out);
        w.u8(60).string("").string("").string("").u32(0xffffffff);
        c.feed(std::move(out));
        CHECK(c.failed_with(errc::malformed_message));
    }
    SECTION("101 prompts")
    {
        feed_round(c, 101);
        CHECK(c.failed_with(errc::malformed_message));
    }
    SECTION("100 rounds are fine, the next one is not")
    {
        for (int i = 0; i < 100; ++i) {
            feed_round(c, 1);
            REQUIRE(c.settle());
        }
        REQUIRE_FALSE(c.result);
        feed_round(c, 1);
        CHECK(c.failed_with(errc::protocol_error));
    }
}

TEST_CASE("auth client: a dialogue answered with the wrong number of answers is the application's mistake")
{
    client_rig c;
    equip(c);
    c.settings.identities.clear();
    c.begin_accepted();
    feed_round(c, 2);
    std::vector<secret_text> one(GENERATE(0u, 1u, 3u));
    c.reply(std::optional<std::vector<secret_text>>(std::move(one)));
    CHECK(c.failed_with(errc::invalid_argument));
}

TEST_CASE("auth client: a dialogue that is refused without a question is not tried again")
{
    client_rig c;
    equip(c);
    c.settings.identities.clear();
    c.settings.has_password = false;
    c.begin_accepted();
    c.feed_failure({"keyboard-interactive"});
    CHECK(c.failed_with(errc::authentication_failed));
}

TEST_CASE("auth client: an answer of the wrong kind, and a message while busy, end the log-in")
{
    client_rig c;
    equip(c);
    c.settings.identities.clear();
    c.settings.has_interactive = false;
    c.begin_accepted();
    REQUIRE(c.question);
    SECTION("wrong kind")
    {
        c.reply(std::optional<std::vector<secret_text>>());
        CHECK(c.failed_with(errc::invalid_argument));
    }
    SECTION("busy")
    {
        CHECK(c.busy_now);
        c.busy_now = false;
        c.feed_message(wire::msg::userauth_success{});
        CHECK(c.failed_with(errc::unexpected_message));
    }
    SECTION("a stray time-out changes nothing")
    {
        c.tick();
        REQUIRE(c.settle());
        c.feed_message(wire::msg::userauth_success{});
        CHECK(c.succeeded());
    }
}

TEST_CASE("auth client T02: banners are bounded in number and size")
{
    client_rig c;
    equip(c);
    c.begin_accepted();
    const std::string big(200 * 1024, '\x1b');
    wire::msg::userauth_banner banner;
    banner.text = big;
    for (int i = 0; i < 64; ++i)
        c.feed_message(banner);
    CHECK(c.banners.size() == 64);
    CHECK(c.banners[0].size() <= 256 * 1024 + 8);
    CHECK(c.banners[0].find('\x1b') == std::string::npos);
    REQUIRE_FALSE(c.result);
    c.feed_message(banner);
    CHECK(c.failed_with(errc::protocol_error));
}
