// Computations that are handed over: done at once, some events later, too late, or never; at either end and at both.
#include "catch.hpp"
#include "crypto/key_agreement.hpp"
#include "pair.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

namespace {

struct who_hands_over {
    bool client, server;
};
constexpr who_hands_over everybody[] = {{true, false}, {false, true}, {true, true}};

void set_up(pair& p, who_hands_over who, std::string_view kex = "curve25519-sha256")
{
    p.client.keys = {user_key()};
    p.client.login.methods = {"publickey"};
    p.client.hands_over = who.client;
    p.server.hands_over = who.server;
    p.client.options.transport.algos.kex(kex);
    p.server.options.transport.algos.kex(kex);
}

/// Runs until both ends rest, with every job done when `delay` rounds of carrying bytes have passed since it was given, or when
/// nothing else is left to do.
void run_with_delay(pair& p, unsigned delay)
{
    unsigned waited = 0;
    p.between_turns = [&] {
        if (p.client.jobs.empty() && p.server.jobs.empty()) {
            waited = 0;
        } else if (waited++ >= delay) {
            waited = 0;
            p.client.do_job();
            p.server.do_job();
        }
    };
    do
        p.run();
    while (p.client.do_job() || p.server.do_job());
    p.between_turns = nullptr;
}

void one_rekey_with_traffic(pair& p, end& who, unsigned delay)
{
    tube& mine = *p.client.tubes.at(0);
    tube& theirs = *p.server.tubes.at(0);
    const std::uint64_t before = mine.received, before_there = theirs.received;
    const auto rekeys = p.client.rekeys_done;
    who.core->rekey();
    mine.send(5000);
    theirs.send(7000);
    run_with_delay(p, delay);
    REQUIRE(p.healthy());
    CHECK(mine.received == before + 7000);
    CHECK(theirs.received == before_there + 5000);
    CHECK(mine.intact);
    CHECK(theirs.intact);
    CHECK(p.client.rekeys_done == rekeys + 1);
    CHECK(p.client.rekeys_begun == p.client.rekeys_done);
    CHECK(p.server.rekeys_begun == p.server.rekeys_done);
}

/// The job that is number `n` of both ends together comes up; false where the session is through before.
bool reach_job(pair& p, std::size_t n)
{
    p.start();
    for (;;) {
        p.run();
        if (p.client.jobs_given + p.server.jobs_given > n)
            return true;
        if (!p.client.do_job() && !p.server.do_job()) {
            if (p.client.rekeys_done > 0)
                return false;
            REQUIRE(p.logged_in());
            p.client.core->rekey();
        }
    }
}

end& with_job(pair& p) { return p.client.jobs.empty() ? p.server : p.client; }

} // namespace

TEST_CASE("a log-in and new keys by every method, with the computing handed over and done some events later")
{
    for (const auto& method : crypto::kex_methods()) {
        const bool slow = method.name.find("diffie") != std::string_view::npos;
        for (const who_hands_over who : everybody)
            for (const unsigned delay : {0u, 1u, 2u, 3u, 5u, 8u}) {
                if (slow && (delay == 1 || delay > 2 || (who.client != who.server)))
                    continue;
                INFO(method.name << ", " << who.client << who.server << ", " << delay);
                pair p(delay % 2 ? chunks::random : chunks::whole, delay + 1);
                set_up(p, who, method.name);
                p.start();
                run_with_delay(p, delay);
                REQUIRE(p.logged_in());
                CHECK((p.client.jobs_given > 0) == who.client);
                CHECK((p.server.jobs_given > 0) == who.server);
                p.client.open();
                run_with_delay(p, delay);
                one_rekey_with_traffic(p, p.client, delay);
                if (!slow)
                    one_rekey_with_traffic(p, p.server, delay);
            }
    }
}

TEST_CASE("jobs may be done inside the call that gives them")
{
    for (const who_hands_over who : everybody) {
        pair p;
        set_up(p, who);
        p.client.jobs_at_once = p.server.jobs_at_once = true;
        p.client.options.transport.rekey_packets = p.server.options.transport.rekey_packets = 3;
        p.log_in();
        REQUIRE(p.logged_in());
        p.client.open();
        p.run();
        p.client.tubes.at(0)->send(100'000);
        p.run();
        CHECK(p.server.tubes.at(0)->received == 100'000);
        CHECK(p.server.tubes.at(0)->intact);
        CHECK(p.healthy());
    }
}

TEST_CASE("a job that fails ends the connection, and says so once")
{
    for (std::size_t n = 0;; ++n) {
        pair p;
        set_up(p, {true, true});
        if (!reach_job(p, n)) {
            CHECK(n == 7); // initiate, respond, verify; the user's signature; and the first three again
            break;
        }
        INFO("job " << n);
        end& worker = with_job(p);
        const std::shared_ptr<job> lost = worker.jobs.front();
        lost->give_up(failure(make_error_code(boost::system::errc::not_enough_memory)));
        worker.core->work_done(*lost);
        p.run();
        for (const end* e : {&p.client, &p.server}) {
            CHECK(e->ends == 1);
            CHECK(e->told_after_end == 0);
        }
        CHECK(worker.why.code() == boost::system::errc::not_enough_memory);
        CHECK(worker.why.context().find("handed over") != std::string::npos);
    }
}

TEST_CASE("what comes back from a job after the end of the connection, or of the engine, changes nothing")
{
    for (std::size_t n = 0; n < 7; ++n) {
        pair p;
        set_up(p, {true, true});
        REQUIRE(reach_job(p, n));
        INFO("job " << n);
        end& worker = with_job(p);
        const std::shared_ptr<job> late = worker.jobs.front();
        const bool by_loss = n % 2 == 0;
        if (by_loss)
            p.lose();
        else
            worker.core->disconnect(disconnect_reason::by_application, "enough");
        p.run();
        REQUIRE(worker.core->ended());
        late->run();
        worker.core->work_done(*late);
        CHECK_FALSE(late->why_failed());
        CHECK(worker.ends == 1);
        CHECK(worker.told_after_end == 0);

        pair gone;
        set_up(gone, {true, true});
        REQUIRE(reach_job(gone, n));
        const std::shared_ptr<job> orphan = with_job(gone).jobs.front();
        gone.client.core.reset();
        gone.server.core.reset();
        orphan->run(); // owns all it touches
        CHECK_FALSE(orphan->why_failed());
    }
}

TEST_CASE("a job that nobody waits for is not taken for the one that is out")
{
    pair p;
    set_up(p, {true, true});
    REQUIRE(reach_job(p, 1));
    end& worker = with_job(p);
    const std::shared_ptr<job> mine = worker.jobs.front();
    struct stranger final : job {
        void compute() override {}
    } other;
    other.run();
    worker.core->work_done(other);
    p.run();
    CHECK(worker.jobs.size() == 1);
    CHECK(p.healthy());
    mine->run();
    worker.core->work_done(*mine);
    worker.core->work_done(*mine); // once more
    worker.jobs.clear();
    run_with_delay(p, 0);
    CHECK(p.logged_in());
}

TEST_CASE("a job has the time of a key exchange for itself, and takes none of the peer's")
{
    using std::chrono::seconds;
    for (const bool in_time : {true, false}) {
        pair p;
        set_up(p, {true, true});
        REQUIRE(reach_job(p, 4)); // of new keys: the log-in has a limit of its own
        end& worker = with_job(p);
        p.advance(seconds(59));
        REQUIRE(p.healthy());
        if (in_time) {
            worker.do_job();
            p.run();
            REQUIRE_FALSE(with_job(p).jobs.empty());
            p.advance(seconds(59));
            run_with_delay(p, 0);
            CHECK(p.healthy());
            CHECK(p.client.rekeys_done == 1);
        } else {
            p.advance(seconds(2));
            CHECK_FALSE(p.healthy());
            CHECK((p.client.why.code() == errc::timed_out || p.server.why.code() == errc::timed_out));
        }
    }
}

TEST_CASE("while a key exchange computes elsewhere nothing more is read, and what is sent waits")
{
    pair p;
    set_up(p, {true, false});
    p.start();
    run_with_delay(p, 0);
    REQUIRE(p.logged_in());
    p.client.open();
    run_with_delay(p, 0);
    p.client.core->rekey();
    p.run();
    REQUIRE(p.client.jobs.size() == 1);
    CHECK_FALSE(p.client.core->wants_input());
    CHECK_FALSE(p.client.core->wire().can_send());
    p.client.tubes.at(0)->send(1000);
    p.run();
    CHECK(p.server.tubes.at(0)->received == 0);
    run_with_delay(p, 0);
    CHECK(p.client.core->wants_input());
    CHECK(p.server.tubes.at(0)->received == 1000);
}
