// Limits of the server's log-in just below, at and above their value, and answers that tell known from unknown users neither by
// their order nor by their time.
#include "auth_rig.hpp"
#include "catch.hpp"

using namespace sshoal;
using namespace sshoal::auth;
using namespace sshoal::auth::test;
namespace number = sshoal::wire::number;

namespace {

void reject_everything(server_rig& s)
{
    s.settings.signature_algorithms = {"ssh-ed25519"};
    s.decide = [](auth_attempt& a) {
        auth_decision d;
        if (a.what == asked_for::interactive) {
            d.what = auth_decision::kind::ask;
            d.prompts = {prompt{"Password: ", false}};
        }
        return d;
    };
}

/// One failing attempt of the given kind.
void fail_once(server_rig& s, int kind, std::string_view user = "alice")
{
    wire::msg::auth_publickey key;
    key.algorithm = "ssh-ed25519";
    key.key = test_key(0).public_half().blob();
    bytes signature;
    switch (kind) {
    case 0: s.feed_password("wrong", user); break;
    case 1: s.feed_password(std::string(25000, 'x'), user); break;
    case 2: s.feed_request(user, key); break;
    case 3: s.feed_request(user, signed_request(signature, test_key(0), "ssh-ed25519", user, view_of("wrong"))); break;
    case 4: s.feed_request(user, signed_request(signature, test_key(0), "ssh-ed25519", user, s.session)); break;
    case 5: s.feed_raw(user, "ssh-connection", "publickey", {}); break;
    case 6: s.feed_raw(user, "ssh-connection", "unknown", {}); break;
    default:
        s.feed_request(user, wire::msg::auth_keyboard_interactive{});
        s.settle();
        s.take();
        s.feed_answers({"wrong"});
    }
    s.settle();
}
constexpr int kinds = 8;

} // namespace

TEST_CASE("auth server T52: the number of tries is exact, whatever the mix of methods")
{
    const unsigned most = GENERATE(1u, 2u, 6u);
    for (int mix = 0; mix < kinds; ++mix) {
        server_rig s;
        reject_everything(s);
        s.settings.max_tries = most;
        s.begin_accepted();
        for (unsigned i = 1; i < most; ++i) {
            fail_once(s, (mix + int(i)) % kinds);
            CHECK(s.take_number() == number::userauth_failure);
            REQUIRE_FALSE(s.result);
        }
        fail_once(s, mix);
        CHECK(s.failed_with(errc::authentication_failed));
        CHECK(s.result->error().context() == "Too many authentication failures");
        CHECK(s.sent.empty());
        CHECK(s.rejected.size() == most);
    }
}

TEST_CASE("auth server T52: the last try but one may still succeed")
{
    server_rig s;
    reject_everything(s);
    s.settings.max_tries = 3;
    s.begin_accepted();
    fail_once(s, 0);
    fail_once(s, 7);
    s.decide = [](auth_attempt&) { return simple(auth_decision::kind::accept); };
    fail_once(s, 0);
    CHECK(s.succeeded());
}

TEST_CASE("auth server T52: a decision may give its user another number of tries")
{
    const unsigned most = GENERATE(1u, 2u, 4u);
    server_rig s;
    reject_everything(s);
    s.settings.max_tries = 3;
    s.begin_accepted();
    s.decide = [&](auth_attempt& a) {
        auth_decision d;
        if (a.user == "alice")
            d.max_tries = most;
        return d;
    };
    for (unsigned i = 1; i < most; ++i) {
        fail_once(s, 0);
        CHECK(s.take_number() == number::userauth_failure);
        REQUIRE_FALSE(s.result);
    }
    fail_once(s, 0);
    CHECK(s.failed_with(errc::authentication_failed));
}

TEST_CASE("auth server T52: ten thousand devices in one request are one try")
{
    server_rig s;
    reject_everything(s);
    s.settings.max_tries = 2;
    s.begin_accepted();
    std::string devices = "pam";
    for (int i = 0; i < 10000; ++i)
        devices += ",pam";
    wire::msg::auth_keyboard_interactive m;
    m.submethods = devices;
    s.feed_request("alice", m);
    CHECK(s.question->what == asked_for::interactive);
    CHECK(s.question->submethods.empty());
    s.reply(auth_decision::kind::reject);
    CHECK(s.take_number() == number::userauth_failure);
    s.feed_request("alice", m);
    s.reply(auth_decision::kind::reject);
    CHECK(s.failed_with(errc::authentication_failed));
}

TEST_CASE("auth server: requests of all kinds have a limit of their own")
{
    const unsigned most = GENERATE(1u, 5u);
    server_rig s;
    reject_everything(s);
    s.settings.max_tries = 100;
    s.settings.max_requests = most;
    s.begin_accepted();
    for (unsigned i = 0; i < most; ++i) {
        fail_once(s, 0);
        REQUIRE_FALSE(s.result);
    }
    s.feed_password("x");
    CHECK(s.failed_with(errc::authentication_failed));
    CHECK_FALSE(s.question);
}

TEST_CASE("auth server: user names and passwords at their longest")
{
    const int beyond = GENERATE(-1, 0, 1);
    server_rig s;
    reject_everything(s);
    s.settings.max_user = 10;
    s.settings.max_password = 20;
    s.begin_accepted();
    SECTION("user") { s.feed_password("x", std::string(std::size_t(10 + beyond), 'u')); }
    SECTION("password") { s.feed_password(std::string(std::size_t(20 + beyond), 'p')); }
    SECTION("new password")
    {
        const std::string fresh(std::size_t(20 + beyond), 'p');
        wire::msg::auth_password m;
        m.change = true;
        m.new_password = fresh;
        s.feed_request("alice", m);
    }
    SECTION("answer")
    {
        s.feed_request("alice", wire::msg::auth_keyboard_interactive{});
        s.settle();
        s.take();
        s.feed_answers({std::string(std::size_t(20 + beyond), 'p')});
    }
    CHECK(s.question.has_value() == (beyond <= 0));
    s.settle();
    CHECK(s.take_number() == number::userauth_failure);
    CHECK(s.listening());
    CHECK(s.rejected.size() == 1);
}

TEST_CASE("auth server T53: a failure comes no sooner than the delay after its request, for every method")
{
    using namespace std::chrono_literals;
    const auto deciding = GENERATE(0ms, 100ms, 300ms, 301ms);
    for (int kind = 0; kind < kinds; ++kind) {
        server_rig s;
        reject_everything(s);
        s.settings.failure_delay = 300ms;
        s.begin_accepted();
        const auto inner = s.decide;
        s.decide = [&](auth_attempt& a) {
            if (a.what != asked_for::interactive)
                s.time += deciding;
            return inner(a);
        };
        const time_point before = s.time;
        fail_once(s, kind);
        if (s.time < before + 300ms) {
            CHECK(s.sent.empty());
            CHECK(s.busy_now);
            CHECK(s.deadline == before + 300ms);
            s.time = before + 299ms;
            s.tick(); // too early: it goes on waiting
            CHECK(s.sent.empty());
            s.time = before + 300ms;
            s.tick();
        }
        CHECK(s.deadline == never);
        CHECK(s.listening());
        CHECK(s.take_number() == number::userauth_failure);
    }
}

TEST_CASE("auth server T53: the last failure is delayed like the others, and success is not")
{
    using namespace std::chrono_literals;
    server_rig s;
    reject_everything(s);
    s.settings.max_tries = 1;
    s.settings.failure_delay = 300ms;
    s.begin_accepted();
    SECTION("failure")
    {
        fail_once(s, 0);
        CHECK_FALSE(s.result);
        s.time += 300ms;
        s.tick();
        CHECK(s.failed_with(errc::authentication_failed));
    }
    SECTION("success")
    {
        s.feed_password("right");
        s.reply(auth_decision::kind::accept);
        CHECK(s.succeeded());
    }
}

TEST_CASE("auth server T53: users that do not exist get the same messages as those that do")
{
    for (int kind = 0; kind < kinds; ++kind) {
        std::vector<bytes> replies[2];
        for (int known = 0; known < 2; ++known) {
            server_rig s;
            reject_everything(s);
            s.settings.banner = "banner";
            s.begin_accepted();
            s.feed_none(known ? "alice" : "nobody");
            s.settle();
            fail_once(s, kind, known ? "alice" : "nobody");
            while (!s.sent.empty())
                replies[known].push_back(s.take());
        }
        CHECK(replies[0] == replies[1]);
    }
}
