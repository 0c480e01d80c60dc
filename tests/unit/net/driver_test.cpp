#include "catch.hpp"
#include "driven_pair.hpp"

namespace sshoal::net::test {
namespace {

/// Who is slow: the client's verifier of the host key, the work executors of both ends, the server's authenticator.
enum class slow { nothing, verifier, worker, authenticator };

void make_slow(driven_pair& p, slow what)
{
    p.client->told.answer_at_once = what != slow::verifier;
    p.server->told.answer_at_once = what != slow::authenticator;
    p.client->told.hands_over = p.server->told.hands_over = what == slow::worker;
}

std::string name_of(slow s)
{
    constexpr const char* names[] = {"nothing", "verifier", "worker", "authenticator"};
    return names[int(s)];
}

} // namespace

// Bytes are handed over one piece after the other, and each slow answer comes when `early` more pieces than at the question have
// arrived: before any, in between, or behind all that the peer has to say. A connection that needs more than what has arrived and
// been answered stands still, and the io_context is idle then; no timer is waited for.
TEST_CASE("driver: pieces that arrive at every point of a turn are worked on, whoever is slow")
{
    const slow who = GENERATE(slow::nothing, slow::verifier, slow::worker, slow::authenticator);
    const std::size_t piece = GENERATE(std::size_t(64), std::size_t(211), without_limit);
    const std::size_t read_at_once = GENERATE(std::size_t(50), without_limit);
    for (std::size_t early = 0; early < 6; ++early) {
        INFO("slow: " << name_of(who) << ", pieces of " << piece << ", reads of " << read_at_once << ", " << early);
        driven_pair p;
        make_slow(p, who);
        p.client->script->piece = p.server->script->piece = read_at_once;
        p.start();
        std::size_t since_question = 0;
        for (int steps = 0; !p.logged_in(); ++steps) {
            REQUIRE(steps < 4000);
            p.run_ready();
            const bool asked = p.client->told.host_key_asked || p.server->told.attempt || p.server->told.sign_asked;
            const bool pending = asked || who == slow::worker;
            if (pending && since_question >= early && p.answer_one()) {
                since_question = 0;
                continue;
            }
            const std::size_t moved = p.deliver(*p.server, piece) + p.deliver(*p.client, piece);
            ++since_question;
            if (moved == 0 && !p.answer_one()) {
                p.run_ready();
                if (!p.logged_in() && p.client->script->sent.empty() && p.server->script->sent.empty())
                    FAIL("the connection stands still");
            }
        }
        CHECK(p.client->script->inbox.empty());
    }
}

TEST_CASE("driver: new keys come through while the worker is slow, in pieces")
{
    for (const std::size_t piece : {std::size_t(1), std::size_t(16), std::size_t(100), without_limit}) {
        INFO("pieces of " << piece);
        driven_pair p;
        make_slow(p, slow::worker);
        p.start();
        p.settle();
        REQUIRE(p.logged_in());
        p.client->told.core->rekey();
        p.client->kick();
        const auto done = [&] { return p.client->told.rekeys_done == 1 && p.server->told.rekeys_done == 1; };
        for (p.run_ready(); !done(); p.run_ready())
            if (p.deliver(*p.server, piece) + p.deliver(*p.client, piece) == 0 && !p.answer_one())
                FAIL("the connection stands still");
        CHECK(p.logged_in());
    }
}

TEST_CASE("driver: what a peer said before it closed the stream is heard, though writing to it fails first")
{
    driven_pair p;
    p.start();
    p.settle();
    REQUIRE(p.logged_in());
    p.server->link->disconnect(disconnect_reason::by_application, "enough");
    p.run_ready();
    p.client->script->break_outlet(asio::error::broken_pipe);
    p.client->told.core->rekey(); // a write, which fails
    p.client->kick();
    p.run_ready();
    CHECK(p.client->told.ends == 0); // the last words may be on their way
    p.deliver(*p.server);
    p.client->script->arrive_end();
    p.run_ready();
    CHECK(p.client->told.ends == 1);
    CHECK(p.client->told.why.code() == errc::disconnected);
    CHECK(p.client->told.why.context().find("enough") != std::string::npos);
    CHECK(p.client->script->closed);
}

TEST_CASE("driver: where writing failed and nothing more is said, the end has the reason of the write")
{
    driven_pair p;
    p.start();
    p.settle();
    REQUIRE(p.logged_in());
    p.client->script->break_outlet(asio::error::connection_reset);
    p.client->told.core->rekey();
    p.client->kick();
    p.run_ready();
    p.client->script->arrive_end();
    p.run_ready();
    CHECK(p.client->told.ends == 1);
    CHECK(p.client->told.why.code() == errc::connection_lost);
    CHECK(p.client->told.why.context().find(error_code(asio::error::connection_reset).message()) != std::string::npos);
}

TEST_CASE("driver: the end of the stream does not overtake what was read before it")
{
    // One read takes a piece, the next one the end, in the same turn.
    for (const std::size_t piece : {std::size_t(30), std::size_t(1000), without_limit}) {
        INFO("reads of " << piece);
        driven_pair p;
        p.start();
        p.settle();
        REQUIRE(p.logged_in());
        p.client->script->piece = piece;
        for (int i = 0; i < 20; ++i)
            p.server->told.core->channels().request_global("x", false, {}, 0);
        p.server->link->disconnect(disconnect_reason::by_application, "enough");
        p.run_ready();
        p.client->script->inbox_ends = true;
        p.deliver(*p.server);
        p.run_ready();
        CHECK(p.client->told.globals == 20);
        CHECK(p.client->told.ends == 1);
        CHECK(p.client->told.why.code() == errc::disconnected);
    }
}

TEST_CASE("driver: a stream that fails at any call ends the connection, once and for good")
{
    std::size_t calls = 0;
    for (std::size_t k = 0;; ++k) {
        INFO("call " << k << " fails");
        driven_pair p;
        p.client->script->piece = 100;
        p.client->script->fail_at = k;
        p.start();
        p.settle();
        if (p.logged_in() && p.client->told.ends == 0) {
            calls = k;
            break;
        }
        CHECK(p.client->told.ends <= 1);
        if (p.client->told.ends == 0) { // reading goes on for the last words
            p.client->script->arrive_end();
            p.run_ready();
        }
        CHECK(p.client->told.ends == 1);
        CHECK(p.client->told.told_after_end == 0);
        CHECK(p.client->script->closed);
        CHECK(p.client->told.why.code() == errc::connection_lost);
    }
    CHECK(calls > 20);
}

TEST_CASE("driver: a stream that takes little at a time gets everything in the end")
{
    driven_pair p;
    p.client->script->room = 0;
    p.start();
    for (int steps = 0; !p.logged_in(); ++steps) {
        REQUIRE(steps < 2000);
        p.run_ready();
        p.client->script->make_room(7);
        p.run_ready();
        p.deliver(*p.client);
        p.deliver(*p.server);
    }
    CHECK(p.logged_in());
}

} // namespace sshoal::net::test
