// Method publickey of the server against a scripted client that cheats with keys and signatures.
#include "hostile_server.hpp"

using namespace sshoal;
using namespace sshoal::auth;
using namespace sshoal::auth::test;
namespace number = sshoal::wire::number;

TEST_CASE("auth server T46: the key that counts is the one that signed, not the one asked about last")
{
    hostile_server s;
    s.begin_accepted();
    for (const std::size_t n : {0u, 1u}) {
        wire::msg::auth_publickey query;
        query.algorithm = "ssh-ed25519";
        query.key = test_key(n).public_half().blob();
        s.feed_request("alice", query);
        REQUIRE(s.question);
        CHECK(s.question->what == asked_for::key_query);
        CHECK(s.question->key == test_key(n).public_half());
        s.reply(auth_decision::kind::accept);
        CHECK(s.take_number() == number::userauth_pk_ok);
    }
    bytes signature;
    s.feed_request("alice", signed_request(signature, test_key(0), "ssh-ed25519", "alice", s.session));
    REQUIRE(s.question);
    CHECK(s.question->what == asked_for::key);
    CHECK(s.question->key == test_key(0).public_half());
    CHECK(s.question->signature.ok);
    SECTION("and it is asked about again")
    {
        s.reply(auth_decision::kind::reject);
        s.expect_failure();
    }
    SECTION("and reported")
    {
        s.reply(auth_decision::kind::accept);
        REQUIRE(s.succeeded());
        CHECK((*s.result)->key == test_key(0).public_half());
        CHECK(s.take_number() == number::userauth_success);
    }
}

TEST_CASE("auth server: the answer to a query can only be yes or no")
{
    hostile_server s;
    s.begin_accepted();
    wire::msg::auth_publickey query;
    query.algorithm = "ssh-ed25519";
    query.key = test_key(0).public_half().blob();
    s.feed_request("alice", query);
    using kind = auth_decision::kind;
    s.reply(GENERATE(kind::more, kind::ask, kind::change_password, kind::reject));
    s.expect_failure();
    CHECK(s.rejected == std::vector<std::string>{"alice:publickey"});
    CHECK(s.refusals == std::vector{events::auth_refusal::by_authenticator});
}

TEST_CASE("auth server T47: a signature holds for one session, user, method, algorithm and nothing behind it")
{
    hostile_server s;
    s.begin_accepted();
    bytes signature;
    auto m = signed_request(signature, test_key(0), "ssh-ed25519", "alice", s.session);
    bytes rest;
    wire::writer w(rest);
    std::string user = "alice";
    // The same steps without any damage are in the test of T46 above.
    SECTION("another session") { m = signed_request(signature, test_key(0), "ssh-ed25519", "alice", view_of("other session")); }
    SECTION("another user") { user = "bob"; }
    SECTION("another key") { m.key = test_key(1).public_half().blob(); }
    SECTION("an algorithm that is not of the key") { m.algorithm = "rsa-sha2-512"; }
    SECTION("an algorithm that is not accepted") { m = signed_request(signature, rsa_key(), "rsa-sha2-256", "alice", s.session); }
    SECTION("one algorithm in the request, another in the signature")
    {
        s.settings.signature_algorithms.push_back("rsa-sha2-256");
        m = signed_request(signature, rsa_key(), "rsa-sha2-256", "alice", s.session);
        bytes other;
        signed_request(other, rsa_key(), "rsa-sha2-512", "alice", s.session);
        signature = other;
        m.signature = signature;
    }
    SECTION("a flipped bit")
    {
        signature.back() ^= std::byte(1);
        m.signature = signature;
    }
    SECTION("no signature at all") { m.signature = {}; }
    wire::encode(w, m);
    SECTION("bytes behind it") { w.u8(0); }
    SECTION("a signature although the flag says none") { rest[0] = std::byte(0); }
    s.feed_raw(user, "ssh-connection", "publickey", rest);
    s.expect_rejected_unasked();
    CHECK(s.rejected.size() == 1);
}

TEST_CASE("auth server T47: damaged key blobs are a plain failure")
{
    const bytes blob = copy_of(byte_view(test_key(0).public_half().blob()));
    for (std::size_t size = 0; size <= blob.size() + 1; ++size) {
        if (size == blob.size())
            continue;
        hostile_server s;
        s.begin_accepted();
        bytes damaged = blob;
        damaged.resize(size);
        wire::msg::auth_publickey query;
        query.algorithm = "ssh-ed25519";
        query.key = damaged;
        s.feed_request("alice", query);
        s.expect_rejected_unasked();
    }
}

TEST_CASE("auth server T48: queries are not unlimited, whoever they are about")
{
    hostile_server s;
    const bool accepted = GENERATE(false, true);
    s.settings.max_tries = 6;
    s.settings.max_requests = 20;
    s.decide = [&](auth_attempt&) { return simple(accepted ? auth_decision::kind::accept : auth_decision::kind::reject); };
    s.begin_accepted();
    wire::msg::auth_publickey query;
    query.algorithm = "ssh-ed25519";
    query.key = test_key(0).public_half().blob();
    unsigned answered = 0;
    while (!s.result) {
        s.feed_request("alice", query);
        s.settle();
        answered += s.take_number() == (accepted ? number::userauth_pk_ok : number::userauth_failure);
    }
    CHECK(s.failed_with(errc::authentication_failed));
    CHECK(answered == (accepted ? 20u : 5u));
}
