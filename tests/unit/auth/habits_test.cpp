// What clients do whose keys have to be opened first, and what servers expect that take no proof.
#include "auth_rig.hpp"
#include "catch.hpp"

using namespace sshoal;
using namespace sshoal::auth;
using namespace sshoal::auth::test;

namespace {

auth_decision for_key(const auth_attempt& a, const private_key& wanted)
{
    const bool is = (a.what == asked_for::key_query || a.what == asked_for::key) && a.key == wanted.public_half();
    return simple(is ? auth_decision::kind::accept : auth_decision::kind::reject);
}

} // namespace

TEST_CASE("auth: an identity whose key is not known yet is opened when it is its turn, and not before")
{
    pair_rig p;
    p.client.settings.identities = {identity_of(test_key(0)), identity(), identity_of(test_key(2))};
    std::vector<std::size_t> opened;
    const auto usual = usual_answers({test_key(0), test_key(1), test_key(2)});
    bool opens = true;
    p.client.decide = [&](client_question& q) -> client_answer {
        const auto* const which = std::get_if<open_question>(&q);
        if (!which)
            return usual(q);
        opened.push_back(which->identity);
        if (!opens)
            return outcome<identity>(failure(errc::passphrase_required, "k: no passphrase was given"));
        return outcome<identity>(identity_of(test_key(which->identity)));
    };
    std::size_t accepted = 1;
    p.server.decide = [&](auth_attempt& a) { return for_key(a, test_key(accepted)); };
    SECTION("the server takes it")
    {
        p.run();
        REQUIRE(p.server.succeeded());
        CHECK((*p.server.result)->key == test_key(1).public_half());
        CHECK(opened == std::vector<std::size_t>{1});
    }
    SECTION("the server takes the one before: nobody is asked")
    {
        accepted = 0;
        p.run();
        REQUIRE(p.server.succeeded());
        CHECK(opened.empty());
    }
    SECTION("the server takes the one behind")
    {
        accepted = 2;
        opens = GENERATE(false, true);
        p.run();
        REQUIRE(p.server.succeeded());
        CHECK(opened.size() == 1);
    }
    SECTION("it cannot be opened, and no other will do: the error says so")
    {
        accepted = 3;
        opens = false;
        p.run();
        REQUIRE(p.client.failed_with(errc::authentication_failed));
        CHECK(p.client.result->error().context().find("a key was left out: k: no passphrase was given") != std::string::npos);
        CHECK(p.client.result->error().context().starts_with("tried publickey (2 keys);"));
    }
    SECTION("it turns out to be one that was offered already")
    {
        accepted = 3;
        p.client.settings.identities = {identity_of(test_key(1)), identity()};
        p.run();
        REQUIRE(p.client.failed_with(errc::authentication_failed));
        CHECK(p.client.result->error().context().starts_with("tried publickey (1 key);"));
    }
}

TEST_CASE("auth client: method none is tried once where the server has it in its list, when nothing else is left")
{
    client_rig c;
    c.settings.user = "alice";
    c.settings.methods = {"publickey", "password"};
    c.settings.identities = {identity_of(test_key(0))};
    c.decide = usual_answers({test_key(0)});
    c.begin_accepted();
    const auto method = [&] {
        const bytes sent = c.take();
        const auto m = wire::msg::userauth_request::decode(sent);
        REQUIRE(m.has_value());
        return std::string(m->method);
    };
    CHECK(method() == "publickey");
    c.feed_failure({"none"});
    CHECK(method() == "none");
    SECTION("and lets us in")
    {
        c.feed_message(wire::msg::userauth_success());
        CHECK(c.succeeded());
    }
    SECTION("and does not let us in all the same")
    {
        c.feed_failure({"none"});
        REQUIRE(c.failed_with(errc::authentication_failed));
        CHECK(c.sent.empty());
    }
}

TEST_CASE("auth client: what has been tried, and what the server takes, is known at any time")
{
    client_rig c;
    c.settings.user = "alice";
    c.settings.methods = {"publickey", "password"};
    c.settings.identities = {identity_of(test_key(0)), identity_of(test_key(1))};
    c.settings.has_password = true;
    c.settings.progress = std::make_shared<client_progress>();
    const client_progress& p = *c.settings.progress;
    c.decide = usual_answers({test_key(0), test_key(1)}, "pw");
    c.begin_accepted();
    CHECK(p.tried == "publickey (1 key)");
    CHECK_FALSE(p.list_known);
    c.feed_failure({"publickey", "password"});
    CHECK(p.tried == "publickey (2 keys)");
    CHECK(p.keys_offered == 2);
    CHECK(p.list_known);
    CHECK(p.server_takes == std::vector<std::string>{"publickey", "password"});
    c.feed_failure({"password"});
    REQUIRE(c.settle());
    CHECK(p.tried == "publickey (2 keys), password");
    CHECK(p.server_takes == std::vector<std::string>{"password"});
}
