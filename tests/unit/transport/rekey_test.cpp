#include "catch.hpp"
#include "pair.hpp"

#include <algorithm>

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;

namespace {

void check_in_order(const end& e, std::size_t count)
{
    REQUIRE(e.received.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(e.received[i].size() >= 5);
        REQUIRE(load_u32(e.received[i].data() + 1) == i);
    }
}

bytes numbered(std::size_t i, std::size_t size)
{
    bytes m = message(94, size);
    store_u32(m.data() + 1, std::uint32_t(i));
    return m;
}

/// T19: between our KEXINIT and our NEWKEYS nothing leaves but the key exchange.
void check_quiet_in_kex(const end& e)
{
    bool in_kex = false;
    for (const int number : e.numbers(true)) {
        if (number == 20) {
            REQUIRE_FALSE(in_kex);
            in_kex = true;
        } else if (number == 21) {
            REQUIRE(in_kex);
            in_kex = false;
        } else if (in_kex) {
            INFO("message " << number << " inside a key exchange");
            REQUIRE((number >= 30 && number <= 49));
        }
    }
}

std::size_t exchanges(const end& e) { return std::size_t(e.t->count().key_exchanges); }

} // namespace

TEST_CASE("either end can ask for new keys, and data goes on")
{
    for (const chunks how : {chunks::whole, chunks::one_byte}) {
        pair p(how);
        p.connect();
        const bytes id = copy_of(p.client.t->session_id());
        for (int round = 0; round < 4; ++round) {
            end& starter = round % 2 ? p.client : p.server;
            starter.t->rekey(p.now);
            CHECK_FALSE(starter.t->can_send());
            CHECK(starter.t->next_deadline() == p.now + starter.config.kex_timeout);
            starter.t->rekey(p.now); // under way already
            p.client.t->send(numbered(std::size_t(round), 50));
            p.server.t->send(numbered(std::size_t(round), 60));
            p.run();
            REQUIRE(p.healthy());
            CHECK(p.client.t->can_send());
            CHECK(p.server.t->can_send());
            CHECK(exchanges(p.client) == std::size_t(round) + 2);
            CHECK(equal(p.client.t->session_id(), id));
        }
        check_in_order(p.server, 4);
        check_in_order(p.client, 4);
        CHECK(p.client.host_keys_asked == 1); // the first exchange only
        CHECK(p.client.later_keys == 4);
        CHECK(p.client.rekeys_started == 4);
        CHECK(p.server.rekeys_started == 4);
        check_quiet_in_kex(p.client);
        check_quiet_in_kex(p.server);
    }
}

TEST_CASE("T33: both ends ask for new keys at once")
{
    for (const chunks how : {chunks::whole, chunks::random, chunks::one_byte}) {
        pair p(how);
        p.connect();
        for (int round = 0; round < 5; ++round) {
            p.client.t->rekey(p.now);
            p.server.t->rekey(p.now);
            p.client.t->send(numbered(std::size_t(round), 50));
            p.server.t->send(numbered(std::size_t(round), 50));
            p.run();
            REQUIRE(p.healthy());
        }
        CHECK(exchanges(p.client) == 6);
        CHECK(exchanges(p.server) == 6);
        check_in_order(p.server, 5);
        check_in_order(p.client, 5);
        check_quiet_in_kex(p.client);
        check_quiet_in_kex(p.server);
    }
}

TEST_CASE("what the peer sent before it saw our KEXINIT still arrives")
{
    pair p;
    p.connect();
    p.server.t->send(numbered(0, 100));
    p.server.t->send_data(numbered(1, 100), {});
    p.client.t->rekey(p.now);
    CHECK(p.client.t->current_phase() == phase::connected);
    p.carry(p.server, p.client);
    check_in_order(p.client, 2);
    p.run();
    REQUIRE(p.healthy());
    CHECK(exchanges(p.server) == 2);
}

TEST_CASE("T32: fifty rekeys that change between short and long digests, ciphers and MACs")
{
    pair p;
    p.connect();
    const bytes id = copy_of(p.client.t->session_id());
    const char* const methods[] = {"curve25519-sha256", "ecdh-sha2-nistp521", "ecdh-sha2-nistp384", "ecdh-sha2-nistp256"};
    const char* const ciphers[] = {"aes256-ctr", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"};
    const char* const macs[] = {"hmac-sha2-512", "hmac-sha2-256-etm@openssh.com"};
    for (std::size_t i = 0; i < 50; ++i) {
        p.client.config.algos.kex(methods[i % 4]);
        p.client.config.algos.ciphers(ciphers[i % 3]);
        p.client.config.algos.macs(macs[i % 2]);
        (i % 5 ? p.client : p.server).t->rekey(p.now);
        p.client.t->send(numbered(i, 300));
        p.server.t->send(numbered(i, 300));
        p.run();
        INFO(p.client.t->failed().context() << p.server.t->failed().context());
        REQUIRE(p.healthy());
        REQUIRE(p.client.t->agreed().kex == methods[i % 4]);
        REQUIRE(p.server.t->agreed().cipher_in == ciphers[i % 3]);
        REQUIRE(equal(p.server.t->session_id(), id));
    }
    CHECK(exchanges(p.client) == 51);
    check_in_order(p.server, 50);
    check_in_order(p.client, 50);
}

TEST_CASE("T19: a rekey every few packets while both ends send all the time")
{
    for (const bool by_packets : {false, true}) {
        pair p(chunks::random, by_packets ? 3 : 4);
        for (end* e : {&p.client, &p.server}) {
            e->config.rekey_bytes = by_packets ? 0 : 64 * 1024;
            e->config.rekey_packets = by_packets ? 7 : 0;
        }
        p.connect();
        const std::size_t total = by_packets ? 200 : 100;
        for (std::size_t i = 0; i < total; ++i) {
            p.client.t->send(numbered(i, by_packets ? 30 : 8000));
            p.server.t->send(numbered(i, by_packets ? 30 : 8000));
            if (i % 3 == 0)
                p.carry(p.client, p.server);
            if (i % 4 == 0)
                p.carry(p.server, p.client);
        }
        p.run();
        REQUIRE(p.healthy());
        check_in_order(p.client, total);
        check_in_order(p.server, total);
        check_quiet_in_kex(p.client);
        check_quiet_in_kex(p.server);
        CHECK(exchanges(p.client) > 10);
        CHECK(exchanges(p.client) == exchanges(p.server));
        CHECK(p.client.first_keys == 1);
    }
}

TEST_CASE("T19: a rekey after every single packet still makes progress")
{
    pair p;
    p.client.config.rekey_packets = 1;
    p.server.config.rekey_bytes = 1;
    p.connect();
    for (std::size_t i = 0; i < 30; ++i) {
        p.client.t->send(numbered(i, 30));
        p.server.t->send(numbered(i, 30));
    }
    p.run();
    REQUIRE(p.healthy());
    check_in_order(p.client, 30);
    check_in_order(p.server, 30);
    check_quiet_in_kex(p.client);
    check_quiet_in_kex(p.server);
    CHECK(exchanges(p.client) >= 30);
    CHECK(p.client.t->can_send()); // and it comes to rest
    CHECK(p.server.t->can_send());
}

TEST_CASE("send_data on the data path starts a rekey when the budget is spent, and can_send() says so")
{
    pair p;
    p.client.config.rekey_bytes = 100 * 1024;
    p.connect();
    std::size_t sent = 0;
    for (int turns = 0; turns < 20; ++turns) {
        while (p.client.t->can_send() && sent < 400) {
            p.client.t->send_data(numbered(sent, 9), message(1, 4000));
            ++sent;
        }
        p.run();
        REQUIRE(p.healthy());
    }
    CHECK(sent == 400);
    check_in_order(p.server, 400);
    CHECK(exchanges(p.client) >= 15);
    CHECK(p.client.rekeys_started + 1 == int(exchanges(p.client)));
}

TEST_CASE("new keys by time, also when nothing is sent")
{
    pair p;
    p.client.config.rekey_time = std::chrono::hours(1);
    p.connect();
    CHECK(p.client.t->next_deadline() == p.now + std::chrono::hours(1));
    CHECK(p.server.t->next_deadline() == never);
    for (int i = 0; i < 3; ++i) {
        p.advance(std::chrono::minutes(59));
        p.tick();
        p.run();
        CHECK(exchanges(p.client) == std::size_t(i) + 1);
        p.advance(std::chrono::minutes(1));
        p.tick();
        p.run();
        REQUIRE(p.healthy());
        CHECK(exchanges(p.client) == std::size_t(i) + 2);
        CHECK(p.client.t->next_deadline() == p.now + std::chrono::hours(1));
    }
}

TEST_CASE("a rekey that begins in a sender after a long silence gets its whole time")
{
    pair p;
    p.client.config.rekey_packets = 2;
    p.connect();
    p.advance(std::chrono::hours(10));
    p.client.t->send(message(94, 10));
    p.client.t->send(message(94, 10));
    CHECK_FALSE(p.client.t->can_send());
    CHECK(p.client.t->next_deadline() <= p.now); // it asks for the time
    p.tick();
    REQUIRE_FALSE(p.client.t->failed());
    CHECK(p.client.t->next_deadline() == p.now + p.client.config.kex_timeout);
    p.run();
    CHECK(exchanges(p.client) == 2);
    CHECK(p.client.t->next_deadline() == never);
}

TEST_CASE("T19: a peer that never finishes a key exchange is dropped in time")
{
    pair p;
    p.connect();
    p.client.t->rekey(p.now);
    p.client.t->output().clear(); // the server never hears of it
    p.advance(p.client.config.kex_timeout - std::chrono::seconds(1));
    p.tick();
    CHECK_FALSE(p.client.t->failed());
    p.advance(std::chrono::seconds(1));
    p.tick();
    CHECK(p.client.t->failed().code() == errc::timed_out);
    CHECK(p.client.t->next_deadline() == never);
}

TEST_CASE("T31: a host key that changes on a rekey ends the connection")
{
    pair p;
    p.server.keys = {test_key(key_type::ed25519)};
    p.connect();
    p.server.keys = {other_key(key_type::ed25519)};
    p.server.config.host_keys = {other_key(key_type::ed25519).public_half()};
    p.client.t->rekey(p.now);
    p.run();
    CHECK(p.client.t->failed().code() == errc::host_key_rejected);
    CHECK(p.client.host_keys_asked == 1);
    CHECK(p.server.t->disconnected_by_peer().reason == std::uint32_t(disconnect_reason::host_key_not_verifiable));
}

TEST_CASE("T31: so does another type of key of the same server")
{
    pair p;
    p.server.keys = {test_key(key_type::ed25519), test_key(key_type::ecdsa_p256)};
    p.connect();
    p.client.config.algos.host_keys("ecdsa-sha2-nistp256");
    p.client.t->rekey(p.now);
    p.run();
    CHECK(p.client.t->failed().code() == errc::host_key_rejected);
}

TEST_CASE("T33: new keys before and during log-in, where the peer begins; ours wait for its end")
{
    for (const phase at : {phase::service, phase::auth, phase::auth_busy}) {
        pair p;
        p.connect();
        p.set_phase(at);
        p.server.t->rekey(p.now);
        p.client.t->rekey(p.now);
        p.run();
        CHECK(exchanges(p.client) == 1);
        guts(*p.server.t).begin_kex();
        p.run();
        guts(*p.client.t).begin_kex();
        p.run();
        REQUIRE(p.healthy());
        CHECK(exchanges(p.client) == 3);
        p.set_phase(phase::connected);
        p.server.t->rekey(p.now);
        p.run();
        CHECK(exchanges(p.client) == 4);
    }
}

TEST_CASE("a failing handshake step never leaves a half-finished rekey that sends")
{
    pair p;
    p.connect();
    p.client.t->rekey(p.now);
    p.client.t->disconnect(disconnect_reason::by_application, "bye");
    p.run();
    CHECK(p.client.t->failed().code() == errc::closed);
    CHECK(p.server.t->disconnected_by_peer().text == "bye");
    CHECK_FALSE(p.client.t->can_send());
}
