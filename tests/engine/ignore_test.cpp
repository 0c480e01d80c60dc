// SSH_MSG_IGNORE of ours waits behind key exchanges, and is left out where enough waits already. IGNORE and DEBUG of the peer are
// told wherever they are encrypted.
#include "catch.hpp"
#include "pair.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

namespace {

constexpr std::uint8_t ignore = wire::number::ignore;

/// The numbers of the messages that an end has sent, from the place `from` of its trace on.
std::vector<int> sent(const end& e, std::size_t from)
{
    std::vector<int> numbers;
    for (std::size_t i = from; i < e.trace.size(); ++i)
        if (e.trace[i].outgoing)
            numbers.push_back(e.trace[i].number);
    return numbers;
}

} // namespace

TEST_CASE("IGNORE goes to the peer, which answers nothing, from both ends")
{
    pair p;
    p.start();
    CHECK_FALSE(p.client.core->send_ignore(bytes(1))); // before the log-in
    p.run();
    REQUIRE(p.logged_in());
    for (end* e : {&p.client, &p.server}) {
        end& peer = p.other(*e);
        const std::size_t answers = peer.trace.size();
        CHECK(e->core->send_ignore(bytes(100)));
        CHECK(e->trace.back().size == 1 + 4 + 100);
        CHECK(e->core->send_ignore({}));
        p.run();
        CHECK(peer.count_heard(ignore) == 2);
        CHECK(sent(peer, answers).empty());
    }
    CHECK(p.healthy());
    p.client.core->disconnect(disconnect_reason::by_application, "");
    CHECK_FALSE(p.client.core->send_ignore({}));
}

TEST_CASE("T33 IGNORE waits for the end of a key exchange, whoever began it")
{
    for (const bool ours : {true, false}) {
        pair p;
        p.log_in();
        const std::size_t before = p.client.trace.size();
        (ours ? p.client : p.server).core->rekey();
        if (!ours)
            p.carry(p.server, p.client);
        REQUIRE_FALSE(p.client.core->wire().can_send());
        for (int i = 0; i < 3; ++i) {
            CHECK(p.client.core->send_ignore(bytes(10)));
            CHECK(p.client.count_sent(ignore) == 0);
            p.carry(p.client, p.server);
        }
        CHECK(p.client.core->wire().waiting() == 3 * 15);
        p.run();
        CHECK(p.healthy());
        CHECK(p.server.count_heard(ignore) == 3);
        CHECK(p.client.core->wire().waiting() == 0);
        const std::vector<int> all = sent(p.client, before);
        REQUIRE(all.size() == 6);
        CHECK(std::vector<int>(all.begin() + 2, all.end()) == std::vector<int>{wire::number::newkeys, ignore, ignore, ignore});
    }
}

TEST_CASE("IGNORE takes half of the room behind a key exchange, and no more")
{
    for (const int more : {-1, 0, 1}) {
        pair p;
        p.client.options.transport.max_pending = 2000;
        p.log_in();
        p.client.core->rekey();
        CHECK(p.client.core->send_ignore(bytes(400 - 5)));
        CHECK(p.client.core->send_ignore(bytes(std::size_t(600 - 5 + more))) == (more <= 0));
        // What matters still has room.
        CHECK(p.client.core->channels().request_global("x", false, bytes(900), 0));
        p.run();
        CHECK(p.healthy());
        CHECK(p.server.count_heard(ignore) == (more <= 0 ? 2u : 1u));
        CHECK(p.server.globals == 1);
    }
}

TEST_CASE("IGNORE is left out while as much output waits as holds back data")
{
    pair p;
    p.client.options.output_high = 1000;
    p.log_in();
    REQUIRE(p.client.core->output().empty());
    const std::size_t one = [&] {
        CHECK(p.client.core->send_ignore(bytes(50)));
        return p.client.core->output().size();
    }();
    std::size_t taken = 1;
    while (p.client.core->send_ignore(bytes(50)))
        ++taken;
    CHECK(p.client.core->output().size() == taken * one);
    CHECK((taken - 1) * one < 1000);
    CHECK(taken * one >= 1000);
    p.run();
    CHECK(p.healthy());
    CHECK(p.server.count_heard(ignore) == taken);
    CHECK(p.client.core->send_ignore(bytes(50)));
}

TEST_CASE("IGNORE and DEBUG are told during a log-in, after it, and in the midst of a key exchange")
{
    for (const bool to_server : {true, false}) {
        pair p;
        end& peer = to_server ? p.client : p.server;
        end& self = p.other(peer);
        const auto say = [&] {
            inject_message(peer, wire::msg::ignore());
            inject_message(peer, wire::msg::debug());
            p.carry(peer, self);
        };
        p.client.log_in_at_once = false;
        p.client.login.methods = {"password"};
        p.start();
        p.run();
        say(); // before a service is requested
        CHECK(self.ignores == 1);
        CHECK(self.debugs == 1);
        p.client.answer_at_once = false;
        p.client.core->log_in(p.client.login);
        p.run();
        say(); // the password is asked for
        CHECK(self.ignores == 2);
        p.client.answer_at_once = true;
        p.client.settle();
        p.run();
        REQUIRE(p.logged_in());
        say();
        CHECK(self.ignores == 3);
        peer.core->rekey();
        p.carry(peer, self); // self has the peer's KEXINIT, and waits for its NEWKEYS
        REQUIRE(self.core->wire().current_phase() == transport::phase::rekey);
        say();
        CHECK(self.ignores == 4);
        CHECK(self.debugs == 4);
        p.run();
        CHECK(p.healthy());
        CHECK(self.rekeys_done == 1);
        inject(peer, bytes{std::byte(2)}); // cut short
        inject(peer, bytes{std::byte(4), std::byte(1)});
        p.run();
        CHECK(p.healthy());
        CHECK(self.ignores == 4);
        CHECK(self.debugs == 4);
    }
}
