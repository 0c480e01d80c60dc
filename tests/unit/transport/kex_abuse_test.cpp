#include "catch.hpp"
#include "pair.hpp"
#include "wire/kex_messages.hpp"

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;
namespace n = wire::number;
namespace msg = wire::msg;

TEST_CASE("T20: a second KEXINIT inside a key exchange ends the connection")
{
    for (const bool at_rekey : {false, true}) {
        pair p;
        if (at_rekey)
            p.connect();
        else
            p.start();
        if (at_rekey)
            p.client.t->rekey(p.now);
        const bytes init = guts(*p.client.t).kex_->our_init;
        for (int i = 0; i < 100; ++i)
            guts(*p.client.t).write(init);
        p.run();
        CHECK(p.server.t->failed().code() == errc::unexpected_message);
        CHECK(p.server.t->count().packets_in <= (at_rekey ? 100 : 2));
    }
}

TEST_CASE("T20: NEWKEYS and key exchange messages out of order end the connection")
{
    for (const std::uint8_t number : {n::newkeys, std::uint8_t(31), std::uint8_t(32), std::uint8_t(34), std::uint8_t(49)}) {
        pair p; // behind the client's KEXINIT, instead of its first message
        p.start();
        guts(*p.client.t).write(message(number, number == n::newkeys ? 1 : 40, 0));
        p.run();
        CHECK(p.server.t->failed());
        CHECK(p.server.signs_asked == 0);
    }
    { // NEWKEYS twice
        pair p;
        p.start();
        p.run();
        guts(*p.server.t).write(message(n::newkeys, 1));
        p.run();
        CHECK(p.client.t->failed().code() == errc::unexpected_message);
    }
    { // NEWKEYS with something behind it
        pair p;
        p.server.answer_at_once = false;
        p.start();
        p.run();
        guts(*p.client.t).write(message(n::newkeys, 2, 0));
        p.carry(p.client, p.server);
        p.server.answer_sign();
        p.server.t->receive(p.now, 1000);
        CHECK(p.server.t->failed().code() == errc::malformed_message);
    }
    { // a reply out of the blue
        pair p;
        p.connect();
        guts(*p.server.t).write(message(n::kex_ecdh_reply, 100));
        p.run();
        CHECK(p.client.t->failed().code() == errc::unexpected_message);
    }
    { // two first messages
        pair p;
        p.server.answer_at_once = false;
        p.start();
        p.run();
        guts(*p.client.t).write(message(n::kex_ecdh_init, 40, 0));
        p.carry(p.client, p.server);
        p.server.answer_sign();
        p.server.t->receive(p.now, 1000);
        CHECK(p.server.t->failed().code() == errc::unexpected_message);
    }
}

TEST_CASE("T22: a guessed packet is used if the guess was right and dropped if it was wrong, in the first exchange and in rekeys")
{
    for (const bool right : {true, false}) {
        pair p;
        p.server.config.algos.kex(right ? "curve25519-sha256,ecdh-sha2-nistp256" : "ecdh-sha2-nistp256");
        p.client.config.algos.kex("curve25519-sha256,ecdh-sha2-nistp256");
        p.client.config.algos.host_keys("ssh-ed25519");
        p.server.config.algos.host_keys("ssh-ed25519");
        p.client.create();
        p.server.create();
        const auto guess = [](msg::kexinit& m) { m.first_kex_packet_follows = true; };
        start_with(p.client, p.now, guess);
        p.server.t->start(p.now);
        for (int round = 0; round < 20; ++round) {
            if (round > 0)
                begin_with(p.client, guess);
            if (!right)
                guts(*p.client.t).write(message(n::kex_ecdh_init, 37, 0));
            p.run();
            INFO(p.server.t->failed().context());
            REQUIRE(p.healthy());
            REQUIRE(p.server.t->count().key_exchanges == std::uint64_t(round) + 1);
            p.set_phase(phase::connected);
        }
    }
}

TEST_CASE("T22: only one packet is dropped for a wrong guess, and only a key exchange packet")
{
    for (const std::uint8_t second : {n::kex_ecdh_init, n::newkeys, n::ignore}) {
        pair p;
        p.server.config.algos.kex("ecdh-sha2-nistp256");
        p.client.create();
        p.server.create();
        start_with(p.client, p.now, [](msg::kexinit& m) { m.first_kex_packet_follows = true; });
        p.server.t->start(p.now);
        if (second == n::kex_ecdh_init)
            guts(*p.client.t).write(message(n::kex_ecdh_init, 37, 0));
        guts(*p.client.t).write(message(second, second == n::newkeys ? 1 : 37, 0));
        p.run();
        CHECK(p.server.t->failed());
    }
}

TEST_CASE("T21: name-lists that are damaged, huge or odd end the connection or are tolerated, never more")
{
    const auto result_of = [](const std::function<void(msg::kexinit&)>& change) {
        pair p;
        p.client.create();
        p.server.create();
        start_with(p.client, p.now, change);
        p.server.t->start(p.now);
        p.run();
        CHECK(p.server.t->failed().context().size() <= 300);
        return p.server.t->failed().code();
    };
    const std::string name65(65, 'a');
    const std::string name64(64, 'a');
    CHECK(result_of([&](msg::kexinit& m) { m.kex_algorithms.names.insert(m.kex_algorithms.names.begin(), name65); }) ==
          errc::malformed_message);
    CHECK_FALSE(result_of([&](msg::kexinit& m) { m.kex_algorithms.names.insert(m.kex_algorithms.names.begin(), name64); }));
    CHECK(result_of([&](msg::kexinit& m) { m.kex_algorithms.names.insert(m.kex_algorithms.names.begin(), 10000, "x"); }) ==
          errc::malformed_message);
    CHECK_FALSE(result_of([&](msg::kexinit& m) { m.encryption_client_to_server.names.push_back(""); })); // as libssh 0.10 does
    CHECK(result_of([&](msg::kexinit& m) { m.mac_client_to_server.names.insert(m.mac_client_to_server.names.begin(), ""); }) ==
          errc::malformed_message);
    CHECK(result_of([&](msg::kexinit& m) { m.encryption_client_to_server.names.push_back("\xc3\xa9"); }) ==
          errc::malformed_message);
    CHECK_FALSE(result_of([&](msg::kexinit& m) { m.kex_algorithms.names.push_back(m.kex_algorithms.names.front()); }));
    CHECK_FALSE(result_of([&](msg::kexinit& m) { m.reserved = 1; }));
    CHECK_FALSE(result_of([&](msg::kexinit& m) { m.languages_client_to_server.names = {"en", "de"}; }));
}

TEST_CASE("T11: NEWKEYS and the packets behind it may come in one piece")
{
    pair p;
    p.start();
    for (int i = 0; i < 64; ++i)
        p.client.t->send(message(5, 30, std::uint8_t(i)));
    p.run();
    REQUIRE(p.healthy());
    CHECK(p.server.received.size() == 64);
}

TEST_CASE("T31, T28: a key exchange ends cleanly wherever the flow is dropped")
{
    for (int steps = 0; steps < 3; ++steps) {
        pair p;
        p.client.answer_at_once = steps > 1;
        p.server.answer_at_once = steps > 0;
        p.start();
        if (steps > 0)
            p.run();
        // The transports go in the middle of the exchange; the sanitizers look after the rest.
    }
    CHECK(true);
}
