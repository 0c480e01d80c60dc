#include "catch.hpp"
#include "pair.hpp"

#include <algorithm>

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;
namespace n = wire::number;

namespace {

bytes ignore_message()
{
    wire::msg::ignore m;
    return wire::encoded(m);
}

bytes disconnect_message(std::uint32_t reason, std::string_view text)
{
    wire::msg::disconnect m;
    m.reason = reason;
    m.description = text;
    return wire::encoded(m);
}

/// Inserts a packet in the clear right behind the identification line of one end.
void insert_before_kexinit(pair& p, const end& from, const bytes& payload)
{
    p.tap = [&from, payload, done = false](bytes& moving, const end& e) mutable {
        if (&e != &from || done)
            return;
        done = true;
        const bytes packet = plain_packet(payload);
        const std::size_t at = text_of(moving).find("\r\n") + 2;
        moving.insert(moving.begin() + std::ptrdiff_t(at), packet.begin(), packet.end());
    };
}

} // namespace

TEST_CASE("T16: a message before KEXINIT ends a strict first key exchange, at both ends")
{
    for (const bool from_client : {true, false}) {
        for (const bytes& payload : {ignore_message(), bytes{std::byte(3), {}, {}, {}, {}}}) {
            pair p;
            end& liar = from_client ? p.client : p.server;
            end& victim = from_client ? p.server : p.client;
            insert_before_kexinit(p, liar, payload);
            p.start();
            p.run();
            CHECK(victim.t->failed().code() == errc::unexpected_message);
            CHECK_FALSE(victim.t->established());
        }
    }
}

TEST_CASE("T16: a message between KEXINIT and NEWKEYS ends a strict first key exchange")
{
    for (const bool from_client : {true, false}) {
        for (const std::uint8_t number : {n::ignore, n::unimplemented, n::debug, n::ext_info, n::service_request, n::ping}) {
            pair p;
            end& liar = from_client ? p.client : p.server;
            end& victim = from_client ? p.server : p.client;
            p.start();
            guts(*liar.t).write(message(number, 9, 0));
            p.run();
            CHECK(victim.t->failed().code() == errc::unexpected_message);
            CHECK(victim.received.empty());
        }
    }
}

TEST_CASE("T17: without the indicator of one end the first key exchange is not strict, and works")
{
    for (const bool client_lacks : {true, false}) {
        pair p;
        p.client.create();
        p.server.create();
        const auto drop_marker = [](wire::msg::kexinit& m) {
            std::erase_if(m.kex_algorithms.names, [](std::string_view name) { return name.starts_with("kex-strict"); });
        };
        end& old = client_lacks ? p.client : p.server;
        end& current = client_lacks ? p.server : p.client;
        start_with(old, p.now, drop_marker);
        current.t->start(p.now);
        guts(*old.t).write(ignore_message());
        p.run();
        REQUIRE(p.healthy());
        CHECK(p.client.t->established());
        CHECK_FALSE(p.client.t->agreed().strict_kex);
        CHECK_FALSE(p.server.t->agreed().strict_kex);
        p.set_phase(phase::connected);
        p.client.t->rekey(p.now);
        p.client.t->send(message(94, 100));
        p.run();
        CHECK(p.healthy());
        CHECK(p.server.received.size() == 1);
        CHECK_FALSE(p.server.t->agreed().strict_kex);
    }
}

TEST_CASE("T17: the indicator in a later KEXINIT changes nothing")
{
    pair p;
    p.client.create();
    p.server.create();
    start_with(p.client, p.now, [](wire::msg::kexinit& m) {
        std::erase_if(m.kex_algorithms.names, [](std::string_view name) { return name.starts_with("kex-strict"); });
    });
    p.server.t->start(p.now);
    p.run();
    REQUIRE(p.healthy());
    p.set_phase(phase::connected);
    begin_with(p.client, [](wire::msg::kexinit& m) { m.kex_algorithms.names.push_back(indicator::strict_client); });
    p.run();
    REQUIRE(p.healthy());
    CHECK(p.client.t->count().key_exchanges == 2);
    CHECK_FALSE(p.server.t->agreed().strict_kex);
}

TEST_CASE("T16, T17: sequence numbers start again at every NEWKEYS of a strict connection")
{
    for (const bool at_rekey : {false, true}) {
        pair p;
        p.client.config.algos.ciphers("chacha20-poly1305@openssh.com"); // its nonce is the sequence number
        if (at_rekey)
            p.connect();
        p.server.answer_at_once = false;
        if (!at_rekey) {
            p.start();
        } else {
            p.client.t->send(message(94, 10));
            p.client.t->rekey(p.now);
        }
        p.run();
        guts(*p.client.t).strict_ = false; // this client forgets to start again
        p.server.answer_sign();
        p.server.t->receive(p.now, 1000);
        p.run();
        p.client.t->send(message(at_rekey ? 94 : 5, 10));
        p.run();
        CHECK_FALSE(p.healthy()); // as a wrong tag, or already as an absurd length
        CHECK(p.server.received.size() == (at_rekey ? 1u : 0u));
    }
}

TEST_CASE("T14: IGNORE and DEBUG are fine after the first key exchange and never acknowledged")
{
    pair p;
    p.connect();
    wire::msg::debug d;
    d.always_display = true;
    d.text = "hello\x1b[31m";
    for (int i = 0; i < 3; ++i) {
        guts(*p.client.t).write(ignore_message());
        guts(*p.client.t).write(wire::encoded(d));
    }
    p.run();
    CHECK(p.healthy());
    REQUIRE(p.server.debug_texts.size() == 3);
    CHECK(p.server.debug_texts[0].find('\x1b') == std::string::npos); // T02
    CHECK(p.server.t->count().packets_out == p.client.t->count().packets_in);
    CHECK(p.client.received.empty());
}

TEST_CASE("T15: nothing behind a DISCONNECT is handled or sent")
{
    pair p;
    p.connect();
    guts(*p.client.t).write(message(94, 10));
    guts(*p.client.t).write(disconnect_message(11, "bye\x07\n"));
    guts(*p.client.t).write(message(94, 10));
    guts(*p.client.t).write(disconnect_message(2, "again"));
    p.run();
    CHECK(p.server.received.size() == 1);
    CHECK(p.server.t->failed().code() == errc::disconnected);
    CHECK(p.server.t->disconnected_by_peer().received);
    CHECK(p.server.t->disconnected_by_peer().reason == 11);
    CHECK(p.server.t->disconnected_by_peer().text.find_first_of("\x07\n") == std::string::npos);
    CHECK(p.server.t->disconnected_by_peer().text.starts_with("bye"));
    CHECK(p.server.t->current_phase() == phase::closing);
    CHECK(p.server.t->input().empty());

    const std::uint64_t before = p.server.t->count().packets_out;
    p.server.t->send(message(94, 10));
    p.server.t->disconnect(disconnect_reason::by_application, "too late");
    CHECK(p.server.t->count().packets_out == before);
    CHECK(p.server.t->failed().code() == errc::disconnected); // the first failure stays
}

TEST_CASE("T15: after our own DISCONNECT nothing is handled")
{
    pair p;
    p.connect();
    p.server.t->disconnect(disconnect_reason::by_application, "done");
    CHECK(p.server.t->failed().code() == errc::closed);
    CHECK_FALSE(p.server.t->can_send());
    p.client.t->send(message(94, 10));
    p.run();
    CHECK(p.server.received.empty());
    CHECK(p.client.t->disconnected_by_peer().text == "done");
}

TEST_CASE("T15: lengths inside a DISCONNECT are not believed")
{
    for (std::size_t size = 1; size < 14; ++size)
        for (const std::uint8_t fill : {std::uint8_t(0), std::uint8_t(0x7f), std::uint8_t(0xff)}) {
            pair p;
            p.connect();
            guts(*p.client.t).write(message(1, size, fill));
            p.run();
            CHECK(p.server.t->failed().code() == errc::disconnected);
            CHECK(p.server.t->disconnected_by_peer().received);
        }
    pair p; // no language tag
    p.connect();
    bytes short_form;
    wire::writer(short_form).u8(1).u32(7).string(std::string_view("text"));
    guts(*p.client.t).write(short_form);
    p.run();
    CHECK(p.server.t->disconnected_by_peer().reason == 7);
    CHECK(p.server.t->disconnected_by_peer().text == "text");
}

TEST_CASE("T09: each unknown message gets one UNIMPLEMENTED with its sequence number")
{
    pair p;
    p.connect();
    std::vector<std::uint32_t> sequences;
    p.client.trace.clear();
    guts(*p.client.t).write(message(n::ignore, 5, 0));
    for (int i = 0; i < 5; ++i)
        guts(*p.client.t).write(message(200, 10));
    p.carry(p.client, p.server);
    REQUIRE(p.healthy());
    CHECK(p.server.numbers(true).size() >= 5);
    // The sequence numbers restarted at NEWKEYS; the IGNORE was packet 0 of these keys.
    packet_reader& reader = guts(*p.client.t).reader_;
    for (std::uint32_t i = 1; i <= 5; ++i) {
        const incoming_packet packet = reader.next(p.server.t->output());
        if (packet.state != incoming_packet::kind::packet)
            break;
        const auto m = wire::msg::unimplemented::decode(packet.payload);
        if (m)
            sequences.push_back(m->sequence);
        p.server.t->output().consume(packet.whole);
    }
    CHECK(sequences == std::vector<std::uint32_t>{1, 2, 3, 4, 5});
}

TEST_CASE("T09: an UNIMPLEMENTED that falls due in our key exchange waits for its end")
{
    pair p;
    p.connect();
    p.server.trace.clear();
    p.server.t->rekey(p.now);
    guts(*p.client.t).write(message(200, 10)); // before the client has seen our KEXINIT
    p.run();
    REQUIRE(p.healthy());
    const auto sent = p.server.numbers(true);
    CHECK(sent == std::vector<int>{20, 31, 21, 3});
}

TEST_CASE("T37: a ping is answered when connected, outside of key exchanges, and while the output is not full")
{
    pair p;
    p.connect();
    REQUIRE(p.client.t->extensions().ping);
    const bytes data(100, std::byte(3));
    p.client.t->ping(data);
    p.run();
    REQUIRE(p.client.pongs.size() == 1);
    CHECK(p.client.pongs[0] == data);

    p.server.t->set_phase(phase::auth);
    p.client.t->ping(data);
    p.run();
    CHECK(p.healthy());
    CHECK(p.client.pongs.size() == 1);

    p.server.t->set_phase(phase::connected);
    p.server.t->rekey(p.now);
    p.client.t->ping(data); // still allowed for the client, which has not seen our KEXINIT
    p.run();
    CHECK(p.healthy());
    CHECK(p.client.pongs.size() == 1);

    p.server.keep_trace = false;
    for (int i = 0; i < 20000; ++i) {
        p.client.t->ping(bytes(256));
        if (i % 100 == 0)
            p.carry(p.client, p.server);
    }
    p.carry(p.client, p.server);
    CHECK(p.server.t->output().size() <= pong_output_limit + 1024);
    CHECK(p.healthy());
}

TEST_CASE("a server without ping@openssh.com is not pinged")
{
    pair p;
    p.connect();
    const std::uint64_t before = p.server.t->count().packets_out;
    p.server.t->ping(bytes(10)); // clients never announce it
    CHECK(p.server.t->count().packets_out == before);
}

TEST_CASE("a failure that a handler returns ends the connection with a reason")
{
    pair p;
    p.server.on_message = [](byte_view) { return failure(errc::window_overrun, "too much"); };
    p.connect();
    p.client.t->send(message(94, 10));
    p.client.t->send(message(94, 10));
    p.run();
    CHECK(p.server.t->failed().code() == errc::window_overrun);
    CHECK(p.server.received.size() == 1);
    CHECK(p.client.t->disconnected_by_peer().reason == std::uint32_t(disconnect_reason::protocol_error));
    CHECK(p.client.t->disconnected_by_peer().text == "too much");
}

TEST_CASE("T06: any damaged byte on the wire ends the connection with nothing delivered")
{
    for (std::size_t at = 0; at < 60; ++at) {
        pair p;
        p.connect();
        p.client.t->send(message(94, 40));
        bytes moving = copy_of(p.client.t->output().view());
        if (at >= moving.size())
            break;
        moving[at] ^= std::byte(0x10);
        moving.resize(moving.size() + 8192);
        give(p.server, p.now, moving);
        CHECK(p.server.received.empty());
        if (at >= 4)
            CHECK(p.server.t->failed().code() == errc::mac_mismatch);
        CHECK_FALSE((p.server.t->failed() && !p.server.t->input().empty()));
    }
}
