// T19, T33: what leaves and what is taken while keys are exchanged.
#include "../engine/pair.hpp"
#include "catch.hpp"
#include "wire/connection_messages.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

namespace {

bool is_kex(const events::packet& e) { return e.number == 21 || (e.number >= 30 && e.number <= 49); }

/// Messages other than those of the key exchange that this end sent between its KEXINIT and its NEWKEYS.
std::size_t strangers(const end& e)
{
    bool under_way = false;
    std::size_t n = 0;
    for (const auto& m : e.trace) {
        if (!m.outgoing)
            continue;
        n += under_way && !is_kex(m);
        if (m.number == 20)
            under_way = true;
        if (m.number == 21)
            under_way = false;
    }
    return n;
}

bytes kexinit_of(end& e)
{
    crypto::deterministic_random random(3);
    return wire::encoded(transport::make_kexinit(e.options.transport, random, false));
}

} // namespace

TEST_CASE("T19 eight channels write flat out with new keys every 64 KiB: nothing but key exchange leaves inside of one")
{
    for (const chunks how : {chunks::whole, chunks::random}) {
        pair p(how);
        const std::uint64_t each = 1'000'000;
        p.client.options.transport.rekey_bytes = 64 * 1024;
        p.server.options.transport.rekey_bytes = 80 * 1024;
        p.server.at_accept = [&](tube& t) { t.send(each); };
        p.log_in();
        for (int i = 0; i < 8; ++i) {
            tube& t = p.client.open();
            t.send(each);
            t.eof_at_end = true;
        }
        // Requests, pings and answers of all kinds go on beside the data.
        for (int i = 0; i < 200; ++i) {
            p.carry(p.client, p.server);
            p.carry(p.server, p.client);
            if (p.client.tubes[std::size_t(i % 8)]->confirmed)
                (void)p.client.tubes[std::size_t(i % 8)]->channel->request("x", true, {}, 1);
            (void)p.client.core->channels().request_global("y", true, {}, 2);
            p.server.core->ping(3);
        }
        p.run();
        CHECK(p.healthy());
        for (end* e : {&p.client, &p.server}) {
            CHECK(strangers(*e) == 0);
            CHECK(e->core->wire().count().key_exchanges > 100);
            for (const auto& t : e->tubes) {
                CHECK(t->received == each);
                CHECK(t->intact);
            }
        }
        CHECK(p.server.pongs.size() == 200);
        CHECK(p.client.global_replies.size() == 200);
    }
}

TEST_CASE("T19 channel data, requests and log-in messages behind the peer's KEXINIT end the connection")
{
    for (const role r : {role::client, role::server})
        for (const int number : {5, 6, 7, 20, 50, 52, 80, 90, 93, 94, 98, 192}) {
            pair p;
            p.ends_with_stream = false;
            p.log_in();
            p.client.open();
            p.run();
            end& victim = r == role::client ? p.client : p.server;
            inject(p.other(victim), kexinit_of(p.other(victim)));
            p.carry(p.other(victim), victim);
            REQUIRE_FALSE(victim.core->ended());
            bytes m = bare(number);
            if (number == 94) {
                wire::msg::channel_data data;
                data.data = view_of(std::string_view("x"));
                m = wire::encoded(data);
            }
            inject(p.other(victim), m);
            p.carry(p.other(victim), victim);
            INFO("message " << number);
            CHECK(victim.why.code() == errc::unexpected_message);
            CHECK(victim.tubes[0]->received == 0);
        }
}

TEST_CASE("T19 a peer that asks and never finishes its key exchange: what waits is bounded, then the connection is dropped")
{
    // By size: questions are taken until the exchange begins, then answers pile up only to the limit.
    pair p;
    p.ends_with_stream = false;
    p.server.answers_global = false;
    p.server.options.connection.max_pending_global_requests = 100'000;
    p.log_in();
    const bytes body(1000, std::byte(1));
    for (int i = 0; i < 2000; ++i) {
        wire::msg::global_request m;
        m.name = "tell me";
        m.want_reply = true;
        inject_message(p.client, m);
    }
    p.carry(p.client, p.server);
    REQUIRE(p.server.global_tokens.size() == 2000);
    inject(p.client, kexinit_of(p.client));
    p.carry(p.client, p.server);
    std::size_t answered = 0;
    for (const std::uint64_t token : p.server.global_tokens) {
        p.server.core->channels().reply_global(token, true, body);
        ++answered;
        if (p.server.core->wire().failed())
            break;
    }
    CHECK(answered > 1000);
    CHECK(answered <= 1050);
    p.server.core->set_now(p.now);
    p.carry(p.client, p.server);
    p.server.core->receive(p.now);
    CHECK(p.server.why.code() == errc::too_many_pending);
    CHECK(p.server.ends == 1);

    // By time: see "a peer that begins a key exchange and goes silent" of the engine's tests, and here for a victim that
    // began itself.
    pair q;
    q.ends_with_stream = false;
    q.server.options.transport.kex_timeout = std::chrono::seconds(60);
    q.log_in();
    q.client_reads = false;
    q.server.core->rekey();
    q.run();
    q.advance(std::chrono::seconds(59));
    CHECK_FALSE(q.server.core->ended());
    for (int i = 0; i < 10; ++i)
        inject_message(q.client, wire::msg::ignore()); // traffic does not extend it
    q.advance(std::chrono::seconds(1));
    CHECK(q.server.why.code() == errc::timed_out);
}

TEST_CASE("T33 both ends ask for new keys at once at every point of a session with eight busy channels")
{
    for (int at = 0; at < 60; ++at) {
        pair p(chunks::random, std::uint64_t(at) + 1);
        p.client.keep_trace = p.server.keep_trace = false;
        p.server.at_accept = [](tube& t) {
            t.eof_at_end = true;
            t.close_at_end = true;
            t.send(10'000);
        };
        p.pipe_room = 3000;
        p.log_in();
        for (int i = 0; i < 8; ++i) {
            tube& t = p.client.open();
            t.eof_at_end = t.close_at_end = true;
            t.send(10'000);
        }
        int turn = 0;
        p.between_turns = [&] {
            if (++turn == at + 1) {
                p.client.core->rekey();
                p.server.core->rekey();
            }
        };
        p.run();
        INFO("turn " << at);
        CHECK(p.healthy());
        CHECK(p.client.core->channels().channel_count() == 0);
        CHECK(p.server.core->channels().channel_count() == 0);
        for (const end* e : {&p.client, &p.server})
            for (const auto& t : e->tubes) {
                CHECK(t->received == 10'000);
                CHECK(t->intact);
                CHECK(t->over_once());
            }
    }
}
