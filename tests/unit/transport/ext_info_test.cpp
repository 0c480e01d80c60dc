#include "catch.hpp"
#include "pair.hpp"

#include <algorithm>

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;
namespace n = wire::number;

namespace {

bytes ext_info(std::initializer_list<std::pair<std::string_view, std::string_view>> list)
{
    wire::msg::ext_info m;
    for (const auto& [name, value] : list)
        m.extensions.push_back({name, view_of(value)});
    return wire::encoded(m);
}

/// A server that is about to send its first packet under the new keys, instead of our EXT_INFO.
void connect_without_ext_info(pair& p)
{
    p.client.create();
    p.server.create();
    start_with(p.client, p.now, [](wire::msg::kexinit& m) { std::erase(m.kex_algorithms.names, indicator::ext_info_client); });
    p.server.t->start(p.now);
    p.run();
    REQUIRE(p.healthy());
}

} // namespace

TEST_CASE("the server tells its signature algorithms right behind its first NEWKEYS, and only then")
{
    pair p;
    p.start();
    p.run();
    REQUIRE(p.healthy());
    CHECK(p.client.t->extensions().has_server_sig_algs);
    CHECK(p.client.t->extensions().server_sig_algs == p.server.config.algos.public_keys());
    CHECK(p.client.t->extensions().ping);
    const auto sent = p.server.numbers(true);
    CHECK(sent == std::vector<int>{20, 31, 21, 7});
    CHECK(p.client.numbers(true) == std::vector<int>{20, 30, 21});
    p.set_phase(phase::connected);
    p.client.t->rekey(p.now);
    p.run();
    CHECK(p.server.numbers(true) == std::vector<int>{20, 31, 21, 7, 20, 31, 21});
}

TEST_CASE("a client that does not ask for EXT_INFO gets none")
{
    pair p;
    connect_without_ext_info(p);
    CHECK_FALSE(p.client.t->extensions().has_server_sig_algs);
    CHECK(p.server.numbers(true) == std::vector<int>{20, 31, 21});
}

TEST_CASE("T18: EXT_INFO of a server is taken as the first packet, duplicates inside count once")
{
    pair p;
    connect_without_ext_info(p);
    guts(*p.server.t).write(ext_info({{"server-sig-algs", "ssh-ed25519,unheard-of"}, {"ping@openssh.com", "1"}, {"x", ""},
        {"server-sig-algs", "rsa-sha2-512"}, {"ping@openssh.com", "0"}}));
    p.run();
    REQUIRE(p.healthy());
    CHECK(p.client.t->extensions().server_sig_algs == name_vector{"ssh-ed25519"});
    CHECK_FALSE(p.client.t->extensions().ping);
}

TEST_CASE("T18: EXT_INFO of a server is taken at any time of the log-in, and counts as odd where RFC 8308 does not have it")
{
    { // behind an IGNORE
        pair p;
        connect_without_ext_info(p);
        p.server.t->send(message(n::ignore, 5, 0));
        p.server.t->send(ext_info({{"server-sig-algs", "rsa-sha2-512"}}));
        p.run();
        REQUIRE(p.healthy());
        CHECK(p.client.t->extensions().server_sig_algs == name_vector{"rsa-sha2-512"});
    }
    { // second packet
        pair p;
        p.start();
        p.run();
        p.server.t->send(ext_info({{"server-sig-algs", "rsa-sha2-512"}}));
        p.run();
        REQUIRE(p.healthy());
        CHECK(p.client.t->extensions().server_sig_algs == name_vector{"rsa-sha2-512"});
    }
    { // right before the success
        pair p;
        p.start();
        p.run();
        p.set_phase(phase::auth_busy);
        guts(*p.server.t).write(ext_info({{"server-sig-algs", "rsa-sha2-512"}}));
        p.server.t->send(message(n::userauth_success, 1));
        p.run();
        REQUIRE(p.healthy());
        CHECK(p.client.t->extensions().server_sig_algs == name_vector{"rsa-sha2-512"});
        CHECK(p.client.t->extensions().ping); // not mentioned again: it stays
    }
    { // before something else
        pair p;
        p.start();
        p.run();
        p.set_phase(phase::auth_busy);
        guts(*p.server.t).write(ext_info({{"server-sig-algs", "rsa-sha2-512"}}));
        p.server.t->send(message(n::userauth_failure, 6, 0));
        p.run();
        REQUIRE(p.healthy());
        CHECK(p.client.t->extensions().server_sig_algs == name_vector{"rsa-sha2-512"});
    }
    for (const unsigned more : {9u, 10u, 11u}) { // nothing but that
        pair p;
        p.client.config.max_odd_messages = 10;
        p.start();
        p.run();
        for (unsigned i = 0; i < more; ++i)
            p.server.t->send(ext_info({}));
        p.run();
        CHECK(p.client.t->failed().code() == (more > 10 ? error_code(errc::protocol_error) : error_code()));
    }
    { // when connected: ignored, whatever it says
        pair p;
        p.connect();
        guts(*p.server.t).write(ext_info({{"server-sig-algs", "rsa-sha2-512"}}));
        p.run();
        CHECK(p.healthy());
        CHECK(p.client.t->extensions().server_sig_algs == p.server.config.algos.public_keys());
    }
}

TEST_CASE("T18: EXT_INFO of a client changes nothing, whenever it comes during the log-in")
{
    {
        pair p;
        p.start();
        p.run();
        guts(*p.client.t).write(ext_info({{"server-sig-algs", "rsa-sha2-512"}}));
        p.run();
        CHECK(p.healthy());
        CHECK_FALSE(p.server.t->extensions().has_server_sig_algs);
    }
    for (const phase at : {phase::service, phase::auth, phase::auth_busy}) {
        pair p;
        p.start();
        p.run();
        p.client.t->send(message(n::ignore, 5, 0));
        p.run();
        p.set_phase(at);
        guts(*p.client.t).write(ext_info({{"server-sig-algs", "rsa-sha2-512"}}));
        p.run();
        CHECK(p.healthy());
        CHECK_FALSE(p.server.t->extensions().has_server_sig_algs);
    }
}

TEST_CASE("T18: EXT_INFO in the clear never counts")
{
    for (const bool from_client : {true, false}) {
        pair p;
        end& liar = from_client ? p.client : p.server;
        end& victim = from_client ? p.server : p.client;
        p.start();
        guts(*liar.t).write(ext_info({{"server-sig-algs", "ssh-rsa"}, {"ping@openssh.com", "0"}}));
        p.run();
        CHECK(victim.t->failed().code() == errc::unexpected_message);
        CHECK_FALSE(victim.t->extensions().has_server_sig_algs);
        CHECK_FALSE(victim.t->extensions().ping);
    }
}

TEST_CASE("T18: lies about lengths and counts are refused")
{
    const auto give_first = [](const bytes& payload) {
        pair p;
        connect_without_ext_info(p);
        guts(*p.server.t).write(payload);
        p.run();
        CHECK_FALSE(p.client.t->extensions().has_server_sig_algs);
        return p.client.t->failed().code();
    };
    bytes counted;
    wire::writer w(counted);
    w.u8(n::ext_info).u32(1025);
    for (int i = 0; i < 1025; ++i)
        w.string(std::string_view("x")).string(std::string_view(""));
    CHECK(give_first(counted) == errc::malformed_message);
    bytes huge;
    wire::writer(huge).u8(n::ext_info).u32(0xffffffff);
    CHECK(give_first(huge) == errc::malformed_message);
    bytes cut = ext_info({{"server-sig-algs", "rsa-sha2-512"}});
    cut.pop_back();
    CHECK(give_first(cut) == errc::malformed_message);
    bytes trailing = ext_info({{"server-sig-algs", "rsa-sha2-512"}});
    trailing.push_back(std::byte(0));
    CHECK(give_first(trailing) == errc::malformed_message);
    CHECK(give_first(ext_info({{"server-sig-algs", "a,,b"}})) == errc::malformed_message);
}
