#include "catch.hpp"
#include "pair.hpp"

using namespace sshoal;
using namespace sshoal::transport;
using namespace sshoal::transport::test;

TEST_CASE("what waits behind a key exchange is bounded: below the limit, at it, and above")
{
    for (const std::size_t total : {9999u, 10000u, 10001u}) {
        pair p;
        p.client.config.max_pending = 10000;
        p.connect();
        p.client.t->rekey(p.now);
        p.client.t->send(message(94, 5000));
        p.client.t->send(message(94, total - 5000));
        if (total <= 10000) {
            p.run();
            REQUIRE(p.healthy());
            CHECK(p.server.received.size() == 2);
            p.client.t->rekey(p.now); // the room is free again
            p.client.t->send(message(94, 10000));
            p.run();
            CHECK(p.healthy());
        } else {
            CHECK(p.client.t->failed().code() == errc::too_many_pending);
            p.run();
            CHECK(p.server.received.empty());
            CHECK(p.server.t->disconnected_by_peer().received);
        }
    }
}

TEST_CASE("T19: a peer that stalls a key exchange cannot make the queue grow")
{
    pair p;
    p.connect();
    p.server.t->rekey(p.now);
    p.server.t->output().clear();
    std::uint64_t sent = 0;
    while (!p.server.t->failed() && sent < 10'000'000) {
        p.server.t->send(message(94, 1000));
        sent += 1000;
    }
    CHECK(p.server.t->failed().code() == errc::too_many_pending);
    CHECK(sent <= p.server.config.max_pending + 1000);
}

TEST_CASE("a peer that does not identify itself in time is dropped without a word")
{
    for (const std::string_view part : {"", "SSH-2.0-half"}) {
        pair p;
        p.start();
        p.server.t->output().clear();
        give(p.server, p.now, view_of(part));
        CHECK(p.server.t->next_deadline() == p.now + p.server.config.identification_timeout);
        p.advance(p.server.config.identification_timeout - std::chrono::milliseconds(1));
        give(p.server, p.now, view_of(std::string_view(part.empty() ? "" : "x"))); // activity does not move the deadline
        p.tick();
        CHECK_FALSE(p.server.t->failed());
        p.advance(std::chrono::milliseconds(1));
        p.tick();
        CHECK(p.server.t->failed().code() == errc::timed_out);
        CHECK(p.server.t->output().empty());
    }
}

TEST_CASE("a first key exchange that is not completed in time ends the connection")
{
    pair p;
    p.start();
    give(p.server, p.now, view_of(std::string_view("SSH-2.0-silent\r\n")));
    CHECK(p.server.t->next_deadline() == p.now + p.server.config.kex_timeout);
    p.advance(p.server.config.kex_timeout);
    p.tick();
    CHECK(p.server.t->failed().code() == errc::timed_out);
    CHECK(p.server.t->failed().context().find("key exchange") != std::string::npos);
    CHECK(p.server.t->failed().context().find("MTU") != std::string::npos); // the silence of a path that loses long packets

    pair later;
    later.connect();
    later.client.t->rekey(later.now);
    later.advance(later.client.config.kex_timeout);
    later.client.t->handle_deadline(later.now);
    CHECK(later.client.t->failed().code() == errc::timed_out);
    CHECK(later.client.t->failed().context().find("MTU") == std::string::npos);
}

TEST_CASE("the first key exchange may have a limit of its own, which rekeys do not share")
{
    pair p;
    p.server.config.first_kex_timeout = p.server.config.kex_timeout / 2;
    p.start();
    give(p.server, p.now, view_of(std::string_view("SSH-2.0-silent\r\n")));
    CHECK(p.server.t->next_deadline() == p.now + p.server.config.first_kex_timeout);

    pair q;
    q.server.config.first_kex_timeout = q.server.config.kex_timeout / 2;
    q.connect();
    q.client.t->rekey(q.now);
    q.carry(q.client, q.server);
    CHECK(q.server.t->next_deadline() == q.now + q.server.config.kex_timeout);
}

TEST_CASE("T01: a peer that speaks something else gets no packets in answer")
{
    pair p;
    p.start();
    p.server.t->output().clear();
    give(p.server, p.now, view_of(std::string_view("GET / HTTP/1.1\r\n\r\n")));
    CHECK(p.server.t->failed().code() == errc::bad_identification);
    CHECK(p.server.t->output().empty());
    CHECK(p.server.t->input().empty());
}

TEST_CASE("the server's lines before the identification reach the user")
{
    pair p;
    p.start();
    give(p.client, p.now, view_of(std::string_view("Authorised use only\r\n\x1b]0;x\r\n")));
    p.run();
    REQUIRE(p.healthy());
    REQUIRE(p.client.t->pre_lines().size() == 2);
    CHECK(p.client.t->pre_lines()[0] == "Authorised use only");
    CHECK(p.client.t->pre_lines()[1].find('\x1b') == std::string::npos);
    CHECK(p.client.t->established());
}

TEST_CASE("T03: a packet of the maximum size passes through a whole transport, a longer one does not")
{
    pair p;
    p.server.config.max_packet = 100 * 1024;
    p.client.config.algos.ciphers("aes128-gcm@openssh.com");
    p.connect();
    const std::size_t limit = 100 * 1024; // a multiple of the block; at least 4 bytes of padding and 1 of its length
    for (const std::size_t size : {limit - 6, limit - 5}) {
        p.client.t->send(message(94, size));
        p.run();
        REQUIRE(p.healthy());
    }
    CHECK(p.server.received.size() == 2);
    p.client.t->send(message(94, limit - 4));
    p.run();
    CHECK(p.server.t->failed().code() == errc::packet_too_large);
    CHECK(p.server.received.size() == 2);
}

TEST_CASE("the deadline is quiet when nothing is under way")
{
    pair p;
    p.connect();
    CHECK(p.client.t->next_deadline() == never);
    p.advance(std::chrono::hours(1000));
    p.client.t->handle_deadline(p.now);
    p.server.t->handle_deadline(p.now);
    CHECK(p.healthy());
}
