// From the first byte to a log-in: every method, bytes cut at every place, questions answered at once or later.
#include "catch.hpp"
#include "crypto/self_check.hpp"
#include "pair.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

namespace {

constexpr chunks all_chunks[] = {chunks::whole, chunks::one_byte, chunks::random};

void use_key(pair& p)
{
    p.client.keys = {user_key()};
    p.client.login.methods = {"publickey"};
}

} // namespace

TEST_CASE("a password logs in, with the bytes whole, in random pieces and one by one")
{
    for (const chunks how : all_chunks) {
        pair p(how);
        p.log_in();
        REQUIRE(p.logged_in());
        CHECK(p.client.core->client_log_in().method == "password");
        CHECK(p.client.core->client_log_in().proof_given);
        CHECK(p.server.core->server_log_in().user == "alice");
        CHECK(p.client.established == 1);
        CHECK(p.server.established == 1);
        CHECK(p.client.core->wire().current_phase() == transport::phase::connected);
        CHECK(p.server.core->wire().current_phase() == transport::phase::connected);
    }
}

TEST_CASE("a key, a dialogue, and no proof at all log in")
{
    for (const chunks how : all_chunks) {
        pair keyed(how);
        use_key(keyed);
        keyed.log_in();
        REQUIRE(keyed.logged_in());
        CHECK(keyed.server.core->server_log_in().key == user_key().public_half());

        pair asked(how);
        asked.client.login.methods = {"keyboard-interactive"};
        asked.log_in();
        REQUIRE(asked.logged_in());
        CHECK(asked.client.core->client_log_in().method == "keyboard-interactive");

        pair open(how);
        open.client.login.probe_none = true;
        open.server.let_in_without_proof = true;
        open.log_in();
        REQUIRE(open.logged_in());
        CHECK_FALSE(open.client.core->client_log_in().proof_given);
    }
}

TEST_CASE("two and three factors are passed in the server's order")
{
    pair two;
    two.client.keys = {user_key()};
    two.client.login.methods = {"publickey", "password"};
    two.server.factors = {"publickey", "password"};
    two.log_in();
    REQUIRE(two.logged_in());
    CHECK(two.server.core->server_log_in().methods == std::vector<std::string>{"publickey", "password"});

    pair three(chunks::one_byte);
    three.client.keys = {other_key(), user_key()};
    three.client.login.methods = {"password", "publickey", "keyboard-interactive"};
    three.server.factors = {"publickey", "password", "keyboard-interactive"};
    three.log_in();
    REQUIRE(three.logged_in());
    CHECK(three.client.core->client_log_in().methods.size() == 3);
    CHECK(three.server.core->server_log_in().key == user_key().public_half());
}

TEST_CASE("wrong proofs end both engines with the reason, once")
{
    pair p;
    p.client.keys = {other_key()};
    p.client.login.methods = {"publickey", "password", "keyboard-interactive"};
    p.client.password = "wrong";
    p.server.options.server_auth.max_tries = 100;
    p.log_in();
    CHECK(p.client.why.code() == errc::authentication_failed);
    CHECK(p.server.core->ended());
    CHECK(p.client.ends == 1);
    CHECK(p.server.ends == 1);
    CHECK(p.client.authenticated == 0);
    CHECK(p.server.authenticated == 0);

    pair counted; // the other way to fail: the server has enough of it
    counted.client.password = "wrong";
    counted.server.options.server_auth.max_tries = 2;
    counted.log_in();
    CHECK(counted.client.why.code() == errc::disconnected);
    CHECK(counted.server.why.code() == errc::authentication_failed);
    CHECK(counted.server.rejected.size() == 2);
}

TEST_CASE("every question may be answered later, from outside of the call that asked")
{
    for (const chunks how : all_chunks) {
        pair p(how);
        p.client.keys = {user_key()};
        p.client.login.methods = {"publickey", "password", "keyboard-interactive"};
        p.server.factors = {"publickey", "password", "keyboard-interactive"};
        p.client.answer_at_once = p.server.answer_at_once = false;
        p.start();
        int settled = 0;
        do {
            p.run();
            settled += p.client.settle() + p.server.settle();
            if (settled > 100)
                break;
        } while (p.healthy() && !p.logged_in());
        CHECK(p.logged_in());
        CHECK(settled == 2 + 3 + 5); // host key; signature, password, answers; query, key, password, dialogue, answers
    }
}

TEST_CASE("a refused host key and a key that cannot sign end the connection with nobody logged in")
{
    pair refused;
    refused.client.host_key_verdict = errc::host_key_rejected;
    refused.log_in();
    CHECK(refused.client.why.code() == errc::host_key_rejected);
    CHECK(refused.server.why.code() == errc::disconnected);
    CHECK(refused.client.established == 0);

    pair mute;
    mute.server.sign_fails = true;
    mute.log_in();
    CHECK(mute.server.why.code() == errc::agent_failure);
    CHECK(mute.client.core->ended());
    CHECK(mute.server.established == 0);
}

TEST_CASE("T33 new keys before log-in is finished, from either end, whatever is under way")
{
    // Both ends answer one question at a time, and one end asks for new keys at the k-th of them.
    for (int at = 0; at < 8; ++at)
        for (const bool by_client : {true, false}) {
            pair p;
            p.client.keys = {user_key()};
            p.client.login.methods = {"publickey", "password", "keyboard-interactive"};
            p.server.factors = {"publickey", "password", "keyboard-interactive"};
            p.client.answer_at_once = p.server.answer_at_once = false;
            p.start();
            for (int k = 0; k < 100 && p.healthy() && !p.logged_in(); ++k) {
                p.run();
                if (k == at + 2)
                    begin_rekey(by_client ? p.client : p.server);
                if (k % 2)
                    p.run();
                p.client.settle() || p.server.settle();
            }
            INFO("question " << at << (by_client ? " client" : " server"));
            CHECK(p.logged_in());
            CHECK(p.client.core->wire().count().key_exchanges == 2);
            CHECK(p.server.core->wire().count().key_exchanges == 2);
        }
}

TEST_CASE("T33 new keys after every packet, but none of our asking before the log-in is over")
{
    for (const chunks how : {chunks::whole, chunks::one_byte}) {
        pair p(how);
        p.client.keys = {user_key()};
        p.client.login.methods = {"publickey", "password"};
        p.server.factors = {"publickey", "password"};
        p.client.options.transport.rekey_packets = p.server.options.transport.rekey_packets = 1;
        p.client.answer_at_once = false;
        p.start();
        while (!p.logged_in()) {
            p.run();
            CHECK(p.client.core->wire().count().key_exchanges == (p.logged_in() ? 2u : unsigned(p.client.established)));
            if (!p.logged_in())
                REQUIRE(p.client.settle());
        }
        for (int i = 0; i < 10; ++i) {
            p.client.core->ping(std::uint64_t(i));
            p.run();
        }
        CHECK(p.healthy());
        CHECK(p.client.core->wire().count().key_exchanges > 10);
    }
}

TEST_CASE("delayed compression starts with the log-in, also where keys are renewed at that moment")
{
    for (const std::uint64_t packets : {std::uint64_t(0), std::uint64_t(1), std::uint64_t(3)}) {
        pair p;
        p.client.options.transport.algos.compression("zlib@openssh.com");
        p.server.options.transport.algos.compression("zlib@openssh.com");
        p.client.options.transport.rekey_packets = p.server.options.transport.rekey_packets = packets;
        p.log_in();
        REQUIRE(p.logged_in());
        tube& t = p.client.open();
        p.run();
        t.send(100'000);
        p.server.tubes.at(0)->send(100'000);
        p.run();
        CHECK(p.healthy());
        CHECK(t.received == 100'000);
        CHECK(p.server.tubes.at(0)->received == 100'000);
        CHECK(t.intact);
        CHECK(p.server.tubes.at(0)->intact);
    }
}

TEST_CASE("the engine works with every key exchange, cipher and MAC there is")
{
    const algorithms& all = algorithms::all();
    const auto works = [](const algorithms& a) {
        pair p;
        p.client.options.transport.algos = p.server.options.transport.algos = a;
        p.log_in();
        if (!p.logged_in())
            return false;
        tube& t = p.client.open();
        p.run();
        t.send(5000);
        p.client.core->rekey();
        p.run();
        t.send(5000);
        p.run();
        return p.server.tubes.at(0)->received == 10'000 && p.server.tubes.at(0)->intact && p.healthy();
    };
    for (const std::string& name : all.kex()) {
        algorithms a = lean_algorithms();
        a.kex(name);
        INFO(name);
        CHECK(works(a));
    }
    for (const std::string& cipher : all.ciphers()) {
        algorithms a = lean_algorithms();
        a.ciphers(cipher);
        INFO(cipher);
        CHECK(works(a));
    }
    for (const std::string& mac : all.macs()) {
        algorithms a = lean_algorithms();
        a.ciphers("aes128-ctr").macs(mac);
        INFO(mac);
        CHECK(works(a));
    }
    for (const direction zipped : {direction::client_to_server, direction::server_to_client}) {
        algorithms a = lean_algorithms();
        a.ciphers(direction::client_to_server, "aes192-ctr");
        a.ciphers(direction::server_to_client, "chacha20-poly1305@openssh.com");
        a.compression(zipped, "zlib@openssh.com");
        CHECK(works(a));
    }
}

TEST_CASE("a fast path that failed its self-check is a warning of every connection")
{
    {
        pair p;
        p.log_in();
        CHECK(p.client.warnings.empty());
    }
    crypto::self_checks().refuse("AES-GCM", "a way of this test");
    pair p;
    p.log_in();
    REQUIRE(p.logged_in());
    const std::vector<std::string> expected{"AES-GCM by a way of this test does not agree with Botan's and is not used"};
    CHECK(p.client.warnings == expected);
    CHECK(p.server.warnings == expected);
}
