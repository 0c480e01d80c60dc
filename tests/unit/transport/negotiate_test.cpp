#include "catch.hpp"
#include "pair.hpp"

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;
using kexinit = wire::msg::kexinit;

namespace {

kexinit simple()
{
    kexinit m;
    m.kex_algorithms.names = {"curve25519-sha256", "ecdh-sha2-nistp256"};
    m.server_host_key_algorithms.names = {"ssh-ed25519", "rsa-sha2-512"};
    m.encryption_client_to_server.names = m.encryption_server_to_client.names = {"aes128-ctr", "aes128-gcm@openssh.com"};
    m.mac_client_to_server.names = m.mac_server_to_client.names = {"hmac-sha2-256", "hmac-sha2-512"};
    m.compression_client_to_server.names = m.compression_server_to_client.names = {"none"};
    return m;
}

} // namespace

TEST_CASE("the client's order decides, and directions do not mix")
{
    kexinit client = simple();
    kexinit server = simple();
    client.encryption_client_to_server.names = {"aes256-ctr", "aes128-ctr"};
    server.encryption_client_to_server.names = {"aes128-ctr", "aes256-ctr"};
    client.encryption_server_to_client.names = {"aes128-gcm@openssh.com"};
    server.mac_client_to_server.names = {"hmac-sha2-512"};
    const auto c = negotiate(role::client, client, server);
    const auto s = negotiate(role::server, server, client);
    REQUIRE(c.has_value());
    REQUIRE(s.has_value());
    CHECK(c->names.cipher_out == "aes256-ctr");
    CHECK(c->names.cipher_in == "aes128-gcm@openssh.com");
    CHECK(c->names.mac_out == "hmac-sha2-512");
    CHECK(c->names.mac_in.empty());
    CHECK(s->names.cipher_in == "aes256-ctr");
    CHECK(s->names.cipher_out == "aes128-gcm@openssh.com");
    CHECK(s->names.mac_in == "hmac-sha2-512");
    CHECK(s->names.mac_out.empty());
    CHECK(c->names.kex == "curve25519-sha256");
    CHECK(c->method == s->method);
}

TEST_CASE("T23: no common algorithm fails in every slot, and the error names the slot")
{
    const std::pair<wire::name_list kexinit::*, const char*> slots[] = {
        {&kexinit::kex_algorithms, "key exchange method"},
        {&kexinit::server_host_key_algorithms, "host key algorithm"},
        {&kexinit::encryption_client_to_server, "cipher from client to server"},
        {&kexinit::encryption_server_to_client, "cipher from server to client"},
        {&kexinit::mac_client_to_server, "MAC from client to server"},
        {&kexinit::mac_server_to_client, "MAC from server to client"},
        {&kexinit::compression_client_to_server, "compression from client to server"},
        {&kexinit::compression_server_to_client, "compression from server to client"},
    };
    for (const auto& [field, words] : slots) {
        kexinit theirs = simple();
        const std::string long_name(64, 'x');
        std::vector<std::string> many;
        for (int i = 0; i < 500; ++i)
            many.push_back(long_name);
        (theirs.*field).names.assign(many.begin(), many.end());
        const auto r = negotiate(role::client, simple(), theirs);
        REQUIRE_FALSE(r.has_value());
        CHECK(r.error().code() == errc::no_common_algorithm);
        CHECK(r.error().context().find(words) != std::string::npos);
        CHECK(r.error().context().find("xxx") != std::string::npos);
        CHECK(r.error().context().size() <= 256 + 8); // and the mark of the cut
        (theirs.*field).names.clear();
        CHECK_FALSE(negotiate(role::server, simple(), theirs).has_value());
    }
}

TEST_CASE("T23: \"none\" is not taken for a cipher or a MAC")
{
    kexinit theirs = simple();
    theirs.encryption_client_to_server.names = {"none"};
    CHECK_FALSE(negotiate(role::client, simple(), theirs).has_value());
    theirs = simple();
    theirs.mac_client_to_server.names = {"none"};
    CHECK_FALSE(negotiate(role::client, simple(), theirs).has_value());
}

TEST_CASE("T23: garbage in the MAC lists does not matter with AEAD ciphers")
{
    kexinit ours = simple();
    kexinit theirs = simple();
    ours.encryption_client_to_server.names = ours.encryption_server_to_client.names = {"aes128-gcm@openssh.com"};
    theirs.mac_client_to_server.names = theirs.mac_server_to_client.names = {"garbage"};
    CHECK(negotiate(role::client, ours, theirs).has_value());
}

TEST_CASE("T17, T23: indicators are never chosen as key exchange methods")
{
    for (const std::string_view marker :
        {indicator::ext_info_client, indicator::ext_info_server, indicator::strict_client, indicator::strict_server}) {
        kexinit ours = simple();
        kexinit theirs = simple();
        ours.kex_algorithms.names = {marker};
        theirs.kex_algorithms.names = {marker};
        CHECK_FALSE(negotiate(role::client, ours, theirs).has_value());
        ours.kex_algorithms.names = {marker, "curve25519-sha256"};
        theirs.kex_algorithms.names = {marker, "curve25519-sha256"};
        CHECK(negotiate(role::client, ours, theirs)->names.kex == "curve25519-sha256");
    }
}

TEST_CASE("T22: a guess is right only if both first names agree")
{
    CHECK(negotiate(role::client, simple(), simple())->guessed_right);
    kexinit theirs = simple();
    std::swap(theirs.kex_algorithms.names[0], theirs.kex_algorithms.names[1]);
    CHECK_FALSE(negotiate(role::client, simple(), theirs)->guessed_right);
    theirs = simple();
    std::swap(theirs.server_host_key_algorithms.names[0], theirs.server_host_key_algorithms.names[1]);
    CHECK_FALSE(negotiate(role::client, simple(), theirs)->guessed_right);
}

TEST_CASE("T17: strict key exchange needs both indicators, each from the right end")
{
    const auto with = [](std::string_view marker) {
        kexinit m = simple();
        m.kex_algorithms.names.push_back(marker);
        return m;
    };
    const kexinit c = with(indicator::strict_client);
    const kexinit s = with(indicator::strict_server);
    CHECK(strict_agreed(role::client, c, s));
    CHECK(strict_agreed(role::server, s, c));
    CHECK_FALSE(strict_agreed(role::client, c, c));
    CHECK_FALSE(strict_agreed(role::client, s, c));
    CHECK_FALSE(strict_agreed(role::client, c, simple()));
}

TEST_CASE("indicators travel in the first KEXINIT only, and a server offers what its keys can sign")
{
    crypto::deterministic_random random(1);
    settings s;
    s.self = role::client;
    const kexinit first = make_kexinit(s, random, true);
    CHECK(contains(first.kex_algorithms, indicator::ext_info_client));
    CHECK(contains(first.kex_algorithms, indicator::strict_client));
    const kexinit later = make_kexinit(s, random, false);
    CHECK_FALSE(contains(later.kex_algorithms, indicator::ext_info_client));
    CHECK_FALSE(contains(later.kex_algorithms, indicator::strict_client));
    CHECK(first.cookie != later.cookie);

    s.self = role::server;
    s.host_keys = {test_key(key_type::ecdsa_p256).public_half()};
    const kexinit server = make_kexinit(s, random, true);
    CHECK(server.server_host_key_algorithms.names == std::vector<std::string_view>{"ecdsa-sha2-nistp256"});
    CHECK_FALSE(contains(server.kex_algorithms, indicator::strict_client));
    CHECK(contains(server.kex_algorithms, indicator::strict_server));
    s.host_keys.clear();
    CHECK(make_kexinit(s, random, true).server_host_key_algorithms.empty());
}

TEST_CASE("T23: transports without a common algorithm part with reason 3, in every slot")
{
    const auto check = [](auto change) {
        pair p;
        change(p.client.config.algos, p.server.config.algos);
        REQUIRE_FALSE(p.client.config.algos.check());
        REQUIRE_FALSE(p.server.config.algos.check());
        p.start();
        p.run();
        // Both see the same two lists; whoever is first tells the other.
        CHECK_FALSE(p.client.t->established());
        CHECK_FALSE(p.server.t->established());
        const auto lost = [](const end& e) { return e.t->failed().code() == errc::no_common_algorithm; };
        CHECK((lost(p.client) || lost(p.server)));
        for (const end* e : {&p.client, &p.server})
            if (e->t->disconnected_by_peer().received)
                CHECK(e->t->disconnected_by_peer().reason == std::uint32_t(disconnect_reason::key_exchange_failed));
    };
    check([](algorithms& c, algorithms& s) { c.kex("curve25519-sha256"), s.kex("ecdh-sha2-nistp256"); });
    check([](algorithms& c, algorithms&) { c.host_keys("rsa-sha2-512"); }); // the server has no such key
    check([](algorithms& c, algorithms& s) { c.ciphers("aes128-ctr"), s.ciphers("aes256-ctr"); });
    check([](algorithms& c, algorithms& s) {
        c.ciphers("aes128-ctr").macs("hmac-sha2-256");
        s.ciphers("aes128-ctr").macs("hmac-sha2-512");
    });
    check([](algorithms& c, algorithms& s) { c.compression("zlib@openssh.com"), s.compression("none"); });
}
