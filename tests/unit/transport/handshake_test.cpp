#include "catch.hpp"
#include "pair.hpp"

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;

namespace {

void check_established(const pair& p)
{
    const sshoal::transport::transport& c = *p.client.t;
    const sshoal::transport::transport& s = *p.server.t;
    INFO(c.failed().context());
    INFO(s.failed().context());
    REQUIRE(p.healthy());
    REQUIRE(c.established());
    REQUIRE(s.established());
    CHECK(c.can_send());
    CHECK(s.can_send());
    CHECK_FALSE(c.session_id().empty());
    CHECK(equal(c.session_id(), s.session_id()));
    CHECK(p.client.first_keys == 1);
    CHECK(p.server.first_keys == 1);
    CHECK(p.client.host_keys_asked == 1);
    CHECK(p.server.signs_asked == 1);
    CHECK(c.agreed().strict_kex);
    CHECK(c.agreed().cipher_out == s.agreed().cipher_in);
    CHECK(c.agreed().cipher_in == s.agreed().cipher_out);
    CHECK(c.next_deadline() == never);
    CHECK(s.next_deadline() == never);
}

void exchange_messages(pair& p)
{
    p.set_phase(phase::connected);
    for (int i = 0; i < 3; ++i) {
        p.client.t->send(message(94, 100 + std::size_t(i)));
        p.server.t->send_data(message(94, 9), message(1, 5000));
    }
    p.run();
    REQUIRE(p.healthy());
    REQUIRE(p.server.received.size() == 3);
    REQUIRE(p.client.received.size() == 3);
    CHECK(p.server.received[2] == message(94, 102));
    CHECK(p.client.received[0].size() == 5009);
}

} // namespace

TEST_CASE("two transports shake hands, however the bytes are cut")
{
    for (const chunks how : {chunks::whole, chunks::random, chunks::one_byte}) {
        pair p(how);
        p.start();
        p.run();
        check_established(p);
        CHECK(p.client.t->peer_identification() == "SSH-2.0-sshoal");
        CHECK(p.client.peer_version == "SSH-2.0-sshoal");
        CHECK(p.client.t->host_key() == test_key(key_type::ed25519).public_half());
        exchange_messages(p);
        CHECK(p.client.t->count().key_exchanges == 1);
        CHECK(p.client.t->count().bytes_in == p.server.t->count().bytes_out);
        CHECK(p.client.t->count().packets_in == p.server.t->count().packets_out);
    }
}

TEST_CASE("every key exchange method works")
{
    for (const crypto::kex_info& method : crypto::kex_methods()) {
        INFO(method.name);
        pair p;
        p.client.config.algos.kex(method.name);
        p.client.config.algos.ciphers("aes128-gcm@openssh.com");
        p.server.config.algos.kex(method.name);
        REQUIRE_FALSE(p.client.config.algos.check());
        p.start();
        p.run();
        check_established(p);
        CHECK(p.client.t->agreed().kex == method.name);
        exchange_messages(p);
    }
}

TEST_CASE("every type of host key works, and the algorithm is limited to the server's keys")
{
    using enum key_type;
    for (const key_type type : {ed25519, ecdsa_p256, ecdsa_p384, ecdsa_p521, rsa}) {
        for (const std::string_view algorithm : test_key(type).public_half().signature_algorithms()) {
            INFO(algorithm);
            pair p;
            p.client.config.algos.host_keys(algorithm);
            p.server.config.algos.host_keys(algorithm);
            p.server.keys = {test_key(key_type::ed25519), test_key(type)};
            p.start();
            p.run();
            check_established(p);
            CHECK(p.client.t->agreed().host_key == algorithm);
            CHECK(p.client.t->host_key() == test_key(type).public_half());
        }
    }
    pair p;
    p.server.keys = {test_key(key_type::rsa)};
    p.start();
    p.run();
    check_established(p);
    CHECK(p.client.t->agreed().host_key == "rsa-sha2-512");
}

TEST_CASE("questions may be answered later, and input waits until then")
{
    pair p(chunks::random);
    p.client.answer_at_once = false;
    p.server.answer_at_once = false;
    p.start();
    p.run();
    REQUIRE(p.server.sign_asked);
    CHECK(p.server.t->paused());
    CHECK_FALSE(p.client.host_key_asked);
    p.advance(std::chrono::hours(1)); // whoever is asked may take time
    p.server.t->handle_deadline(p.now);
    REQUIRE_FALSE(p.server.t->failed());
    p.server.answer_sign();
    p.server.t->receive(p.now, 1 << 20);
    p.client.t->handle_deadline(p.now - std::chrono::hours(1));
    p.run();
    REQUIRE(p.client.host_key_asked);
    CHECK(p.client.t->paused());
    CHECK_FALSE(p.client.t->established());
    p.client.answer_host_key();
    p.client.t->receive(p.now, 1 << 20);
    p.run();
    check_established(p);
    exchange_messages(p);
}

TEST_CASE("a refused host key ends the connection before NEWKEYS")
{
    for (const bool at_once : {true, false}) {
        pair p;
        p.client.answer_at_once = at_once;
        p.client.verdict = failure(errc::host_key_rejected, "not known");
        p.start();
        p.run();
        if (!at_once)
            p.client.answer_host_key();
        p.run();
        CHECK(p.client.t->failed().code() == errc::host_key_rejected);
        CHECK_FALSE(p.client.t->established());
        CHECK(p.server.t->disconnected_by_peer().received);
        CHECK(p.server.t->disconnected_by_peer().reason == std::uint32_t(disconnect_reason::host_key_not_verifiable));
        const auto sent = p.client.numbers(true);
        CHECK(std::find(sent.begin(), sent.end(), 21) == sent.end());
    }
}

TEST_CASE("T02: a peer is not told which files and keys of ours made us leave")
{
    const std::string secret = "/home/alice/.ssh/known_hosts line 7";
    for (const errc code :
         {errc::host_key_unknown, errc::host_key_changed, errc::host_key_rejected, errc::file_error, errc::invalid_argument}) {
        pair p;
        p.client.verdict = failure(code, secret);
        p.start();
        p.run();
        CHECK(p.client.t->failed().code() == code);
        CHECK(p.client.t->failed().context() == secret);
        CHECK(p.server.t->disconnected_by_peer().reason == std::uint32_t(disconnect_reason::host_key_not_verifiable));
        CHECK(p.server.t->disconnected_by_peer().text == "host key verification failed");
    }
    for (const errc code : {errc::authentication_failed, errc::agent_failure, errc::file_error}) {
        pair p;
        p.connect();
        p.client.t->fail(failure(code, secret), disconnect_reason::no_more_auth_methods_available);
        p.run();
        CHECK(p.client.t->failed().context() == secret);
        CHECK(p.server.t->disconnected_by_peer().text == failure(code).code().message());
    }
    pair p;
    p.connect();
    p.server.t->fail(failure(errc::authentication_failed, "Too many authentication failures"),
                     disconnect_reason::no_more_auth_methods_available);
    p.run();
    CHECK(p.client.t->disconnected_by_peer().text == "Too many authentication failures");
}

TEST_CASE("a host key that cannot sign ends the connection")
{
    pair p;
    p.server.answer_at_once = false;
    p.start();
    p.run();
    p.server.t->signature(failure(errc::agent_failure, "no agent"));
    p.run();
    CHECK(p.server.t->failed().code() == errc::agent_failure);
    CHECK(p.client.t->failed().code() == errc::disconnected);
}

TEST_CASE("messages sent before the first key exchange is over follow it in order")
{
    pair p;
    p.start();
    for (std::uint8_t i = 0; i < 10; ++i)
        p.client.t->send(message(5, 20, i));
    p.run();
    REQUIRE(p.healthy());
    REQUIRE(p.server.received.size() == 10);
    for (std::uint8_t i = 0; i < 10; ++i)
        CHECK(p.server.received[i] == message(5, 20, i));
}

TEST_CASE("a budget bounds what one call handles")
{
    pair p;
    p.connect();
    for (int i = 0; i < 10; ++i)
        p.client.t->send(message(94, 1000));
    const bytes moving = copy_of(p.client.t->output().view());
    std::memcpy(p.server.t->input().append(moving.size()), moving.data(), moving.size());
    CHECK(p.server.t->receive(p.now, 2500));
    CHECK(p.server.received.size() == 3);
    CHECK(p.server.t->receive(p.now, 2500));
    CHECK(p.server.received.size() == 6);
    while (p.server.t->receive(p.now, 2500)) {
    }
    CHECK(p.server.received.size() == 10);
}
