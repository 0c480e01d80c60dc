// The engine's own settings: every deadline and limit one before, at, and one past it.
#include "catch.hpp"
#include "pair.hpp"
#include "wire/auth_messages.hpp"
#include "wire/connection_messages.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;
using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

bytes password_request(std::string_view password)
{
    bytes m;
    wire::writer w(m);
    wire::msg::auth_password method;
    method.password = password;
    wire::msg::encode_userauth_request(w, "alice", "ssh-connection", method);
    return m;
}

bytes global_request(std::string_view name)
{
    wire::msg::global_request m;
    m.name = name;
    m.want_reply = true;
    return wire::encoded(m);
}

} // namespace

TEST_CASE("a peer that answers no keepalive is given up one interval behind the last of them")
{
    for (const unsigned count : {1u, 3u}) {
        pair p;
        p.client.options.keepalive_interval = seconds(10);
        p.client.options.keepalive_count = count;
        p.log_in();
        p.server_reads = false;
        const std::size_t before = p.client.count_sent(80);
        p.advance(seconds(10) - nanoseconds(1));
        CHECK(p.client.count_sent(80) == before);
        p.advance(nanoseconds(1));
        CHECK(p.client.count_sent(80) == before + 1);
        for (unsigned i = 1; i < count; ++i)
            p.advance(seconds(10));
        CHECK(p.client.count_sent(80) == before + count);
        p.advance(seconds(10) - nanoseconds(1));
        CHECK(p.healthy());
        p.advance(nanoseconds(1));
        CHECK(p.client.why.code() == errc::keepalive_timeout);
        CHECK(p.client.count_sent(80) == before + count);
    }
}

TEST_CASE("a connection that is logged in and has no channel ends when its time is over")
{
    pair p;
    p.server.options.unused_timeout = seconds(10);
    p.log_in();
    p.advance(seconds(10) - nanoseconds(1));
    CHECK(p.healthy());
    p.advance(nanoseconds(1));
    CHECK(p.server.why.code() == errc::timed_out);
    CHECK(p.client.why.code() == errc::disconnected);
}

TEST_CASE("a channel keeps a connection, and its end begins the time anew")
{
    pair p;
    p.log_in();
    idle_limits l;
    l.connection = seconds(10);
    p.server.core->set_idle_limits(l);
    tube& t = p.client.open();
    p.run();
    p.advance(seconds(100));
    CHECK(p.healthy());
    t.channel->close();
    p.run();
    p.advance(seconds(10) - nanoseconds(1));
    CHECK(p.healthy());
    p.advance(nanoseconds(1));
    CHECK(p.server.why.code() == errc::timed_out);
}

TEST_CASE("an answer to the last keepalive but one, or to the last, is in time")
{
    for (const int late : {2, 3}) {
        pair p;
        p.client.options.keepalive_interval = seconds(10);
        p.client.options.keepalive_count = 3;
        p.log_in();
        for (int round = 0; round < 5; ++round) {
            p.server_reads = false;
            for (int i = 0; i < late; ++i)
                p.advance(seconds(10));
            REQUIRE(p.healthy());
            p.server_reads = true;
            p.advance(seconds(9));
            REQUIRE(p.healthy());
        }
    }
}

TEST_CASE("a peer that talks is not asked for a sign of life, and zero means never")
{
    pair p;
    p.client.options.keepalive_interval = seconds(10);
    p.log_in();
    for (int i = 0; i < 100; ++i) {
        inject(p.server, wire::encoded(wire::msg::ignore()));
        p.advance(seconds(9));
    }
    CHECK(p.client.count_sent(80) == 0);
    p.advance(seconds(10));
    CHECK(p.client.count_sent(80) == 1);
    CHECK(p.healthy());

    pair silent;
    silent.log_in();
    silent.advance(std::chrono::hours(1000));
    CHECK(silent.healthy());
    CHECK(silent.client.core->next_deadline() == never);
    CHECK(silent.server.core->next_deadline() == never);
}

TEST_CASE("the log-in has one deadline from the first byte, which traffic does not extend")
{
    for (const bool ends : {false, true}) {
        pair p;
        p.server.options.login_timeout = seconds(40);
        p.client.options.login_timeout = seconds(0);
        p.client.answer_at_once = false;
        p.start();
        p.run();
        p.client.settle(); // the host key, and then nothing
        p.run();
        for (int i = 0; i < 39; ++i) {
            inject(p.client, wire::encoded(wire::msg::ignore()));
            p.advance(seconds(1));
        }
        p.advance(seconds(1) - nanoseconds(1));
        REQUIRE(p.healthy());
        if (ends)
            p.client.settle();
        p.advance(nanoseconds(1));
        CHECK(p.server.core->ended() == !ends);
        if (!ends) {
            CHECK(p.server.why.code() == errc::timed_out);
            CHECK(p.client.why.code() == errc::disconnected);
        } else {
            p.advance(std::chrono::hours(10));
            CHECK(p.logged_in());
        }
    }
    pair patient;
    patient.server.options.login_timeout = patient.client.options.login_timeout = seconds(0);
    patient.client.answer_at_once = false;
    patient.start();
    patient.run();
    patient.client.settle();
    patient.advance(std::chrono::hours(100));
    CHECK(patient.healthy());
}

TEST_CASE("a peer that does not identify itself, or does not finish its key exchange, is dropped in time")
{
    for (const bool identified : {false, true}) {
        pair p;
        p.server.options.transport.identification_timeout = seconds(5);
        p.server.options.transport.kex_timeout = seconds(7);
        p.start();
        end& s = p.server;
        if (identified) {
            const std::string line = "SSH-2.0-x\r\n";
            std::memcpy(s.core->input().append(line.size()), line.data(), line.size());
            s.core->receive(p.now);
        }
        const auto wait = seconds(identified ? 7 : 5);
        p.now += wait - nanoseconds(1);
        if (s.core->next_deadline() <= p.now)
            s.core->handle_deadline(p.now);
        CHECK_FALSE(s.core->ended());
        p.now += nanoseconds(1);
        REQUIRE(s.core->next_deadline() <= p.now);
        s.core->handle_deadline(p.now);
        CHECK(s.why.code() == errc::timed_out);
    }
}

TEST_CASE("T19 L16 a peer that begins a key exchange and goes silent is dropped in time, and nothing piles up")
{
    pair p;
    p.client.options.transport.kex_timeout = seconds(60);
    p.log_in();
    tube& t = p.client.open();
    p.run();
    crypto::deterministic_random random(3);
    inject_message(p.server, transport::make_kexinit(p.server.options.transport, random, false));
    p.server_reads = false;
    p.carry(p.server, p.client);
    const std::size_t before = p.client.core->output().size();
    t.send(100'000'000);
    p.run();
    CHECK(t.sent == 0);
    CHECK(p.client.core->output().size() < before + 10'000);
    p.advance(seconds(60) - nanoseconds(1));
    CHECK(p.healthy());
    p.advance(nanoseconds(1));
    CHECK(p.client.why.code() == errc::timed_out);
    CHECK(t.over_once());
}

TEST_CASE("L13 a peer that asks and does not read stops being read, is waited for, and is dropped")
{
    for (const bool recovers : {true, false}) {
        pair p;
        p.server.options.output_limit = 64 * 1024;
        p.server.options.stall_timeout = seconds(60);
        p.client.options.transport.max_odd_messages = 20'000; // its engine knows nothing of the questions
        p.pipe_room = 1000;
        p.log_in();
        p.client_reads = false;
        const bytes question = global_request("keepalive@openssh.com");
        for (int i = 0; i < 20'000; ++i)
            inject(p.client, question);
        p.run();
        CHECK_FALSE(p.server.core->wants_input());
        CHECK(p.server.core->output().size() >= 64 * 1024);
        CHECK(p.server.core->output().size() < 66 * 1024);
        CHECK(p.server.core->next_deadline() <= p.now + seconds(60));
        p.advance(seconds(60) - nanoseconds(1));
        REQUIRE_FALSE(p.server.core->ended());
        if (recovers) {
            p.client_reads = true;
            p.run();
            CHECK(p.server.core->wants_input());
            CHECK(p.client.count_heard(82) == 20'000);
            p.advance(std::chrono::hours(1));
            CHECK(p.healthy());
        } else {
            p.advance(nanoseconds(1));
            CHECK(p.server.why.code() == errc::timed_out);
        }
    }
}

TEST_CASE("L14 pings are answered while there is room, and never pile up")
{
    pair p;
    p.server.options.output_limit = 64 * 1024;
    p.log_in();
    p.client_reads = false;
    wire::msg::ping m;
    const bytes text(1024, std::byte(7));
    m.data = text;
    const bytes ping = wire::encoded(m);
    std::size_t taken = 0;
    for (; taken < 10'000; ++taken) {
        inject(p.client, ping);
        p.pipe_room = 2000;
        const bool wanted = p.server.core->wants_input();
        p.carry(p.client, p.server);
        if (!wanted)
            break;
    }
    CHECK(taken > 60);
    CHECK(taken < 70);
    CHECK(p.server.core->output().size() < 70 * 1024);
    p.client_reads = true;
    p.pipe_room = 1'000'000;
    p.run();
    CHECK(p.healthy());
    CHECK(p.client.count_heard(193) == taken + 1);
}

TEST_CASE("log-in messages that arrive while a decision is under way are held, up to the limit")
{
    for (const std::size_t extra : {std::size_t(15), std::size_t(16), std::size_t(17)}) {
        pair p;
        p.client.log_in_at_once = false;
        p.server.answer_at_once = false;
        p.server.options.server_auth.max_tries = 100;
        p.start();
        do
            p.run();
        while (p.server.settle());
        wire::msg::service_request service;
        service.name = "ssh-userauth";
        guts(p.client).upper_phase_ = transport::phase::auth_busy; // the scripted peer takes what comes
        inject_message(p.client, service);
        p.carry(p.client, p.server);
        inject(p.client, password_request("wrong"));
        p.carry(p.client, p.server);
        REQUIRE(p.server.attempt);
        for (std::size_t i = 0; i < extra; ++i)
            inject(p.client, password_request(i + 1 < extra ? "wrong" : "right"));
        p.carry(p.client, p.server);
        if (extra > p.server.options.max_held) {
            CHECK(p.server.why.code() == errc::too_many_pending);
            CHECK(p.server.authenticated == 0);
            continue;
        }
        REQUIRE_FALSE(p.server.core->ended());
        std::size_t decided = 0;
        while (p.server.settle())
            ++decided;
        CHECK(decided == extra + 1); // all of them, in their order
        CHECK(p.server.authenticated == 1);
    }
}

TEST_CASE("data stops at the upper mark of the output and goes on below the lower")
{
    pair p;
    p.client.options.output_high = 100'000;
    p.client.options.output_low = 20'000;
    p.server.options.connection.initial_window = 10'000'000;
    p.server.options.connection.max_window = 10'000'000;
    p.log_in();
    tube& t = p.client.open();
    p.run();
    t.pumps = false;
    t.send(1'000'000);
    io_buffer& out = p.client.core->output();
    CHECK(out.size() >= 100'000);
    CHECK(out.size() < 100'000 + 40'000);
    const std::uint64_t sent = t.sent;
    out.consume(out.size() - 20'001);
    p.client.core->output_sent(p.now);
    CHECK(t.writable == 0);
    t.pump();
    CHECK(t.sent == sent);
    out.consume(1);
    p.client.core->output_sent(p.now);
    CHECK(t.writable == 1);
    t.pump();
    CHECK(t.sent > sent);
}
