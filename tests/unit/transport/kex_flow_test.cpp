#include "catch.hpp"
#include "pair.hpp"
#include "transport/peer_quirks.hpp"
#include "wire/kex_messages.hpp"

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;
namespace n = wire::number;
namespace msg = wire::msg;

namespace {

/// A key exchange flow without a transport around it: the test is the peer.
struct bare_kex final : kex_port {
    bare_kex(role self, std::string_view method, std::string_view algorithm = "ssh-ed25519",
             std::string_view server = "SSH-2.0-s", std::size_t strength = 16)
    {
        config.self = self;
        config.host_keys = {test_key(key_type::ed25519).public_half()};
        cx.config = &config;
        cx.random = &random;
        cx.method = crypto::find_kex(method);
        cx.host_key_algorithm = algorithm;
        cx.strength = strength;
        cx.client_identification = "SSH-2.0-c";
        cx.server_identification = server;
        cx.client_init = view_of(std::string_view("I_C"));
        cx.server_init = view_of(std::string_view("I_S"));
        exchange = self == role::client ? client_exchange(cx, *this, inbox) : server_exchange(cx, *this, inbox);
        exchange.start();
    }
    void send_kex(byte_view payload) override { sent.push_back(copy_of(payload)); }
    void ask_host_key(host_key_question) override { asked = true; }
    void ask_signature(host_sign_question q) override
    {
        asked = true;
        if (sign)
            inbox.signatures.put(test_key(key_type::ed25519).sign(q.algorithm, q.data));
    }
    void note(std::string_view text) override { notes.emplace_back(text); }
    void give(byte_view payload)
    {
        REQUIRE(inbox.packets.waiting());
        inbox.packets.put(payload);
    }
    error_code error()
    {
        REQUIRE(exchange.done());
        auto r = exchange.take();
        return r ? error_code() : r.error().code();
    }

    settings config;
    crypto::deterministic_random random{42};
    kex_context cx;
    kex_inbox inbox;
    bool asked = false;
    bool sign = true;
    std::vector<bytes> sent;
    std::vector<std::string> notes;
    flow<outcome<kex_result>> exchange;
};

/// What an honest server would answer to an ECDH client, but with any key, algorithm and signature.
struct server_answer {
    explicit server_answer(bare_kex& client)
    {
        const auto init = msg::ecdh_init::decode(client.sent.back());
        auto agreement = crypto::make_key_agreement(*client.cx.method, random);
        auto response = agreement->respond(init->public_value);
        value = std::move(response->reply);
        secret = std::move(response->secret);
        client_value = copy_of(init->public_value);
        cx = &client.cx;
    }
    bytes encode(const private_key& key, std::string_view algorithm, const std::function<void(bytes&)>& bend = {})
    {
        const bytes blob = copy_of(key.public_half().blob());
        bytes middle;
        wire::writer(middle).string(client_value).string(value);
        bytes signature = key.sign(algorithm, exchange_hash(*cx, blob, middle, secret)).value();
        if (bend)
            bend(signature);
        msg::ecdh_reply reply;
        reply.host_key = blob;
        reply.public_value = value;
        reply.signature = signature;
        return wire::encoded(reply);
    }
    crypto::deterministic_random random{43};
    bytes value, client_value;
    secure_bytes secret;
    const kex_context* cx;
};

bytes group_message(const crypto::dh_group& group)
{
    msg::gex_group m;
    m.p = group.p;
    m.g = group.g;
    return wire::encoded(m);
}

bytes gex_request(std::uint32_t least, std::uint32_t preferred, std::uint32_t most)
{
    msg::gex_request m;
    m.min = least;
    m.preferred = preferred;
    m.max = most;
    return wire::encoded(m);
}

} // namespace

TEST_CASE("T30: the client takes the honest answer, and asks for the key only after the signature has been verified")
{
    bare_kex client(role::client, "curve25519-sha256");
    server_answer answer(client);
    client.give(answer.encode(test_key(key_type::ed25519), "ssh-ed25519"));
    CHECK(client.asked);
    client.inbox.verdicts.put({});
    CHECK_FALSE(client.error());
}

TEST_CASE("T30: bad signatures end the exchange before anybody is asked")
{
    const std::function<void(bytes&)> bends[] = {
        [](bytes& s) { s.back() ^= std::byte(1); },
        [](bytes& s) { s.pop_back(); },
        [](bytes& s) { s.push_back(std::byte(0)); },
        [](bytes& s) { s[6] ^= std::byte(0x20); }, // the name of the algorithm
        [](bytes& s) { s.clear(); },
        [](bytes& s) { s.resize(4); },
    };
    for (const auto& bend : bends) {
        bare_kex client(role::client, "curve25519-sha256");
        server_answer answer(client);
        client.give(answer.encode(test_key(key_type::ed25519), "ssh-ed25519", bend));
        CHECK(client.error() == errc::bad_signature);
        CHECK_FALSE(client.asked);
    }
}

TEST_CASE("T30: the signature algorithm must be the agreed one, even where the key could do both")
{
    for (const bool same : {true, false}) {
        bare_kex client(role::client, "curve25519-sha256", "rsa-sha2-512");
        server_answer answer(client);
        client.give(answer.encode(test_key(key_type::rsa), same ? "rsa-sha2-512" : "rsa-sha2-256"));
        CHECK(client.asked == same);
        if (!same)
            CHECK(client.error() == errc::bad_signature);
    }
}

TEST_CASE("T30: the host key must be of the agreed type")
{
    bare_kex client(role::client, "curve25519-sha256", "ssh-ed25519");
    server_answer answer(client);
    client.give(answer.encode(test_key(key_type::ecdsa_p256), "ecdsa-sha2-nistp256"));
    CHECK(client.error() == errc::key_exchange_failed);
    CHECK_FALSE(client.asked);
}

TEST_CASE("T30: a signature over another exchange hash does not verify")
{
    bare_kex client(role::client, "curve25519-sha256");
    server_answer answer(client);
    answer.client_value[0] ^= std::byte(1);
    client.give(answer.encode(test_key(key_type::ed25519), "ssh-ed25519"));
    CHECK(client.error() == errc::bad_signature);
}

TEST_CASE("T26, T27: public values of wrong size or off the curve end the exchange before anything is signed")
{
    for (const char* method : {"curve25519-sha256", "ecdh-sha2-nistp256"})
        for (const std::size_t size : {0u, 1u, 31u, 32u, 33u, 64u, 65u, 66u}) {
            bare_kex server(role::server, method);
            msg::ecdh_init m;
            const bytes zeros(size);
            m.public_value = zeros; // all zero is a low-order point and on no curve
            server.give(wire::encoded(m));
            CHECK(server.error().failed());
            CHECK_FALSE(server.asked);
            CHECK(server.sent.empty());
        }
}

TEST_CASE("T24: Diffie-Hellman values outside 2..p-2 end the exchange")
{
    const crypto::dh_group group = crypto::fixed_group(14);
    bytes minus_one = group.p;
    minus_one.back() = std::byte(std::uint8_t(minus_one.back()) - 1);
    bytes plus_one = group.p;
    plus_one.back() = std::byte(std::uint8_t(plus_one.back()) + 1);
    bytes oversized(300, std::byte(0x11));
    const bytes values[] = {{}, {std::byte(1)}, minus_one, group.p, oversized};
    for (const bytes& value : values) {
        bytes init;
        wire::writer(init).u8(n::kexdh_init).mpint(value);
        bare_kex server(role::server, "diffie-hellman-group14-sha256");
        server.give(init);
        CHECK(server.error().failed());
        CHECK_FALSE(server.asked);

        bare_kex client(role::client, "diffie-hellman-group14-sha256");
        bytes reply;
        const public_key key = test_key(key_type::ed25519).public_half();
        wire::writer(reply).u8(n::kexdh_reply).string(key.blob()).mpint(value).string(bytes(20));
        client.give(reply);
        CHECK(client.error().failed());
        CHECK_FALSE(client.asked);
    }
    bytes negative;
    wire::writer(negative).u8(n::kexdh_init).string(bytes(10, std::byte(0xf0)));
    bare_kex server(role::server, "diffie-hellman-group14-sha256");
    server.give(negative);
    CHECK(server.error() == errc::malformed_message);
}

TEST_CASE("a client notes what group it asked for and what it got")
{
    bare_kex client(role::client, "diffie-hellman-group-exchange-sha256");
    client.give(group_message(crypto::fixed_group(14)));
    REQUIRE(client.notes.size() == 2);
    CHECK(client.notes[0] == "SSH2_MSG_KEX_DH_GEX_REQUEST(2048<3072<8192) sent");
    // About half of the bits of a random number are set.
    const auto slash = client.notes[1].find('/');
    CHECK(client.notes[1].starts_with("bits set: "));
    CHECK(client.notes[1].substr(slash) == "/2048");
    const int set = std::stoi(client.notes[1].substr(10));
    CHECK((set > 800 && set < 1250));
}

TEST_CASE("T25: a client refuses groups that are too small, too large, or no groups")
{
    const crypto::dh_group good = crypto::fixed_group(14);
    const auto outcome_of = [](const crypto::dh_group& group) {
        bare_kex client(role::client, "diffie-hellman-group-exchange-sha256");
        REQUIRE(client.sent.size() == 1);
        const auto asked = msg::gex_request::decode(client.sent[0]);
        CHECK(asked->min == 2048);
        CHECK(asked->preferred == 3072);
        CHECK(asked->max == 8192);
        client.give(group_message(group));
        CHECK(client.sent.size() == (client.exchange.done() ? 1u : 2u));
        return client.exchange.done() ? client.error() : error_code();
    };
    CHECK_FALSE(outcome_of(good));
    const auto sized = [](std::size_t bits) {
        crypto::dh_group g{bytes(bits / 8, std::byte(0xff)), {std::byte(2)}};
        return g;
    };
    CHECK(outcome_of(sized(1024)).failed());
    CHECK(outcome_of(sized(2040)).failed());
    CHECK(outcome_of(sized(8200)).failed());
    CHECK(outcome_of(sized(16384)).failed());
    crypto::dh_group even = good;
    even.p.back() = std::byte(0xfe);
    CHECK(outcome_of(even).failed());
    for (const bytes& g : {bytes{std::byte(1)}, good.p}) {
        crypto::dh_group bad = good;
        bad.g = g;
        CHECK(outcome_of(bad).failed());
    }
    crypto::dh_group bad = good;
    bad.g = good.p;
    bad.g.back() = std::byte(std::uint8_t(bad.g.back()) - 1); // p - 1
    CHECK(outcome_of(bad).failed());
}

TEST_CASE("T25: a server clamps what it is asked for, and refuses what makes no sense")
{
    const auto answer = [](const bytes& request, std::vector<crypto::dh_group> moduli = {}) -> std::size_t {
        bare_kex server(role::server, "diffie-hellman-group-exchange-sha256");
        server.config.moduli = std::move(moduli);
        server.give(request);
        if (server.exchange.done())
            return 0;
        const auto group = msg::gex_group::decode(server.sent.back());
        return crypto::dh_group{copy_of(group->p), copy_of(group->g)}.bits();
    };
    CHECK(answer(gex_request(1024, 1024, 8192)) == 2048);
    CHECK(answer(gex_request(2048, 3072, 8192)) == 4096);
    CHECK(answer(gex_request(2048, 8192, 8192)) == 8192);
    CHECK(answer(gex_request(2048, 16384, 16384)) == 8192);
    CHECK(answer(gex_request(2048, 3000, 3500)) == 2048); // none is large enough: the largest within the limits
    CHECK(answer(gex_request(1024, 1024, 1024)) == 0);
    CHECK(answer(gex_request(8193, 9000, 16384)) == 0);
    CHECK(answer(gex_request(4096, 2048, 8192)) == 0);
    CHECK(answer(gex_request(2048, 9000, 8192)) == 0);
    CHECK(answer(gex_request(0, 0, 0xffffffff)) == 2048);
    for (const auto& [asked, given] :
         {std::pair(0u, 2048u), {1024u, 2048u}, {2049u, 4096u}, {4096u, 4096u}, {0xffffffffu, 8192u}}) {
        msg::gex_request_old old;
        old.preferred = asked;
        CHECK(answer(wire::encoded(old)) == given);
    }
    crypto::dh_group own{bytes(3072 / 8, std::byte(0xff)), {std::byte(2)}};
    CHECK(answer(gex_request(2048, 3072, 8192), {own}) == 3072);
}

TEST_CASE("a group exchange request of the old form enters the hash with the one size that it names")
{
    bare_kex server(role::server, "diffie-hellman-group-exchange-sha256");
    msg::gex_request_old old;
    old.preferred = 1024;
    server.give(wire::encoded(old));
    const auto group = msg::gex_group::decode(server.sent.back());
    crypto::deterministic_random random{5};
    auto agreement = crypto::make_group_agreement({copy_of(group->p), copy_of(group->g)}, random).value();
    msg::gex_init init;
    const bytes e = agreement->initiate();
    init.e = e;
    server.give(wire::encoded(init));
    const auto reply = msg::gex_reply::decode(server.sent.back());
    REQUIRE(reply.has_value());
    bytes middle;
    wire::writer(middle).u32(1024).mpint(group->p).mpint(group->g).mpint(e).mpint(reply->f);
    const secure_bytes secret = agreement->complete(reply->f).value();
    const bytes hash = exchange_hash(server.cx, reply->host_key, middle, secret);
    CHECK(server.config.host_keys[0].verify("ssh-ed25519", hash, reply->signature));
}

TEST_CASE("quirks: who is known for which")
{
    CHECK(quirks_of("SSH-2.0-Cisco-1.25").refuses_large_groups);
    CHECK(quirks_of("SSH-1.99-Cisco-1.25").refuses_large_groups);
    CHECK_FALSE(quirks_of("SSH-2.0-Cisco-2.0").refuses_large_groups);
    CHECK_FALSE(quirks_of("SSH-2.0-OpenSSH_9.2 Cisco-1.25").refuses_large_groups);
    for (const char* old : {"SSH-2.0-OpenSSH_6.5", "SSH-2.0-OpenSSH_6.5p1 Debian", "SSH-2.0-OpenSSH_6.6",
                            "SSH-2.0-OpenSSH_6.6p1 Ubuntu"})
        CHECK(quirks_of(old).keeps_zeros);
    for (const char* other : {"SSH-2.0-OpenSSH_6.6.1p1 Ubuntu", "SSH-2.0-OpenSSH_6.4", "SSH-2.0-OpenSSH_6.7", "SSH-2.0-x",
                              "SSH-2.0", ""})
        CHECK_FALSE(quirks_of(other).keeps_zeros);
}

TEST_CASE("quirks: Cisco is not asked for large groups")
{
    for (const auto& [name, preferred] : {std::pair("SSH-2.0-Cisco-1.25", 4096), {"SSH-2.0-s", 8192}}) {
        bare_kex client(role::client, "diffie-hellman-group-exchange-sha256", "ssh-ed25519", name, 32);
        const auto asked = msg::gex_request::decode(client.sent.back());
        CHECK(int(asked->preferred) == preferred);
        CHECK(asked->max == 8192);
    }
}

TEST_CASE("quirks: OpenSSH 6.6 hashes the secret of curve25519 with the zeros in front of it")
{
    for (const auto& [server, method, zeros] : {std::tuple("SSH-2.0-OpenSSH_6.6", "curve25519-sha256@libssh.org", true),
                                                {"SSH-2.0-OpenSSH_6.6", "curve25519-sha256", false},
                                                {"SSH-2.0-OpenSSH_6.6.1", "curve25519-sha256@libssh.org", false}}) {
        INFO(server << ' ' << method);
        bare_kex client(role::client, method, "ssh-ed25519", server);
        server_answer answer(client);
        const auto init = msg::ecdh_init::decode(client.sent.back());
        while (answer.secret.size() >= 4 + 32) { // until a secret begins with a zero
            auto response = crypto::make_key_agreement(*client.cx.method, answer.random)->respond(init->public_value);
            answer.value = std::move(response->reply);
            answer.secret = std::move(response->secret);
        }
        const secure_bytes short_one = answer.secret;
        answer.secret = with_zeros_in_front(std::move(answer.secret));
        CHECK(answer.secret.size() == 4 + 32);
        CHECK(answer.secret[3] == std::byte(32));
        CHECK(answer.secret[4] == std::byte(0));
        CHECK(answer.secret.back() == short_one.back());
        client.give(answer.encode(test_key(key_type::ed25519), "ssh-ed25519"));
        if (zeros)
            client.inbox.verdicts.put({});
        REQUIRE(client.exchange.done());
        const auto result = client.exchange.take();
        CHECK(result.has_value() == zeros);
        if (zeros)
            CHECK(result->secret == answer.secret);
        else
            CHECK(result.error().code() == errc::bad_signature);
    }
    const secure_bytes whole(4 + 33, std::byte(1));
    CHECK(with_zeros_in_front(whole) == whole);
}
