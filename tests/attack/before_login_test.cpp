// T39, T40, T42, T43, T45 with whole engines: what must not happen before, around and behind the log-in.
#include "../engine/pair.hpp"
#include "catch.hpp"
#include "wire/auth_messages.hpp"
#include "wire/connection_messages.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;
namespace msg = wire::msg;

namespace {

/// Lets a scripted peer send and receive what it likes, as far as its own engine is concerned.
void carry_to_victim(pair& p, end& victim)
{
    while (p.carry(p.other(victim), victim)) {
    }
}

bytes open_session(std::uint32_t sender)
{
    msg::channel_open m;
    m.type = "session";
    m.sender = sender;
    m.window = 100'000;
    m.max_packet = 32'768;
    return wire::encoded(m);
}

bytes exec(std::uint32_t recipient)
{
    bytes body;
    wire::writer w(body);
    w.string(std::string_view("touch /sentinel"));
    msg::channel_request m;
    m.recipient = recipient;
    m.type = "exec";
    m.want_reply = true;
    m.rest = body;
    return wire::encoded(m);
}

bytes request(std::string_view user, std::string_view password)
{
    bytes m;
    wire::writer w(m);
    msg::auth_password method;
    method.password = password;
    msg::encode_userauth_request(w, user, "ssh-connection", method);
    return m;
}

bytes none_request(std::string_view user)
{
    bytes m;
    wire::writer w(m);
    msg::encode_userauth_request(w, user, "ssh-connection", msg::auth_none());
    return m;
}

bytes service(std::uint8_t number, std::string_view name)
{
    bytes m;
    wire::writer(m).u8(number).string(name);
    return m;
}

/// A server under keys whose client is played by the test.
void connect_to_server(pair& p)
{
    p.client.log_in_at_once = false;
    p.ends_with_stream = false;
    p.start();
    p.run();
    REQUIRE(p.server.established == 1);
}

/// A client that has logged in as far as its first password, which is on its way; the test plays the server.
void connect_to_client(pair& p, bool with_request)
{
    p.client.log_in_at_once = false;
    p.ends_with_stream = false;
    p.server.answer_at_once = true;
    p.start();
    p.run();
    REQUIRE(p.client.established == 1);
    if (!with_request)
        return;
    p.server.answer_at_once = false;
    p.client.core->log_in(p.client.login);
    p.run();
    REQUIRE(p.server.attempt);
}

void nobody_got_in(const end& victim)
{
    CHECK(victim.core->ended());
    CHECK(victim.authenticated == 0);
    CHECK_FALSE(victim.core->authenticated());
    CHECK(victim.tubes.empty());
    CHECK(victim.undecided.empty());
    CHECK(victim.globals == 0);
    CHECK(victim.ends == 1);
}

} // namespace

TEST_CASE("T39 a client that says what only servers say is dropped, at each step of the log-in")
{
    for (const int step : {0, 1, 2})
        for (const int number : {6, 51, 52, 53, 60}) {
            pair p;
            connect_to_server(p);
            if (step > 0)
                inject(p.client, service(5, "ssh-userauth"));
            if (step > 1)
                inject(p.client, request("alice", "wrong"));
            carry_to_victim(p, p.server);
            bytes m = bare(number);
            if (number == 6)
                m = service(6, "ssh-userauth");
            if (number == 51)
                m = wire::encoded(msg::userauth_failure());
            if (number == 53)
                m = wire::encoded(msg::userauth_banner());
            inject(p.client, m);
            inject(p.client, open_session(0));
            inject(p.client, exec(0));
            carry_to_victim(p, p.server);
            INFO("step " << step << ", message " << number);
            nobody_got_in(p.server);
            CHECK(p.server.why.code() == errc::unexpected_message);
        }
}

TEST_CASE("T39 a server that says what only clients say is dropped")
{
    for (const int number : {5, 50, 61}) {
        pair p;
        connect_to_client(p, true);
        inject(p.server, number == 5 ? service(5, "ssh-userauth") : number == 50 ? request("root", "x") : bare(61));
        carry_to_victim(p, p.client);
        INFO("message " << number);
        nobody_got_in(p.client);
    }
}

TEST_CASE("T40 every message of the connection protocol before log-in ends it, also pipelined behind one another")
{
    for (const role r : {role::client, role::server})
        for (int step = 0; step < 3; ++step)
            for (int number = 80; number <= 100; ++number) {
                pair p;
                end& victim = r == role::client ? p.client : p.server;
                if (r == role::server) {
                    connect_to_server(p);
                    if (step > 0)
                        inject(p.client, service(5, "ssh-userauth"));
                    if (step > 1)
                        inject(p.client, request("alice", "wrong"));
                    carry_to_victim(p, victim);
                } else {
                    connect_to_client(p, step > 0);
                    if (step > 1)
                        inject(p.server, wire::encoded(msg::userauth_banner()));
                    carry_to_victim(p, victim);
                }
                bytes m = bare(number);
                if (number == 90)
                    m = open_session(0);
                if (number == 98)
                    m = exec(0);
                inject(p.other(victim), m);
                inject(p.other(victim), open_session(0));
                inject(p.other(victim), exec(0));
                carry_to_victim(p, victim);
                INFO((r == role::client ? "client" : "server") << ", step " << step << ", message " << number);
                nobody_got_in(victim);
                CHECK(victim.why.code() == errc::unexpected_message);
            }
}

TEST_CASE("T40 an open and a command in one segment with the log-in that fails do not run")
{
    pair p(chunks::whole);
    connect_to_server(p);
    inject(p.client, service(5, "ssh-userauth"));
    inject(p.client, request("alice", "wrong"));
    inject(p.client, open_session(0));
    inject(p.client, exec(0));
    carry_to_victim(p, p.server);
    nobody_got_in(p.server);
}

TEST_CASE("T40 an open behind a request that is still being decided waits for nothing: it ends the connection")
{
    pair p;
    connect_to_server(p);
    p.server.answer_at_once = false;
    inject(p.client, service(5, "ssh-userauth"));
    inject(p.client, request("alice", "right"));
    inject(p.client, open_session(0));
    carry_to_victim(p, p.server);
    nobody_got_in(p.server);
}

TEST_CASE("T42 success before any request, before the service is accepted, or to method none is told apart")
{
    {
        pair p; // before the client has even asked for the service
        connect_to_client(p, false);
        inject(p.server, bare(52));
        carry_to_victim(p, p.client);
        nobody_got_in(p.client);
    }
    {
        pair p; // instead of SERVICE_ACCEPT
        connect_to_client(p, false);
        p.client.core->log_in(p.client.login);
        inject(p.server, bare(52));
        carry_to_victim(p, p.client);
        nobody_got_in(p.client);
    }
    {
        pair p; // accepted, but no request is out: a password is being typed
        connect_to_client(p, false);
        p.client.answer_at_once = false;
        p.client.core->log_in(p.client.login);
        inject(p.server, service(6, "ssh-userauth"));
        carry_to_victim(p, p.client);
        REQUIRE(p.client.question);
        inject(p.server, bare(52));
        carry_to_victim(p, p.client);
        nobody_got_in(p.client);
        p.client.settle(); // too late: nothing leaves any more
        CHECK(p.client.core->output().size() < 200);
    }
    for (const bool refuse : {false, true}) { // to method none, where the user says whether that will do
        pair p;
        p.client.login.probe_none = true;
        p.client.login.refuse_no_proof = refuse;
        p.server.let_in_without_proof = true;
        p.log_in();
        CHECK(p.client.authenticated == (refuse ? 0 : 1));
        CHECK_FALSE(p.client.core->client_log_in().proof_given);
        if (refuse)
            CHECK(p.client.why.code() == errc::authentication_failed);
    }
}

TEST_CASE("T42 no prompt of the session looks like one of the log-in: questions behind the success are not understood")
{
    for (const int number : {51, 52, 60, 61}) {
        pair p;
        p.ends_with_stream = false;
        p.log_in();
        REQUIRE(p.logged_in());
        inject(p.server, number == 60 ? wire::encoded(msg::userauth_info_request()) : bare(number));
        carry_to_victim(p, p.client);
        INFO("message " << number);
        CHECK_FALSE(p.client.core->ended());
        CHECK_FALSE(p.client.question);
        CHECK(p.client.authenticated == 1);
        CHECK(p.client.count_sent(wire::number::unimplemented) == 1);
    }
}

TEST_CASE("T43 requests smuggled around the log-in bind nobody else")
{
    {
        pair p; // before the service: dropped
        connect_to_server(p);
        inject(p.client, request("mallory", "right"));
        carry_to_victim(p, p.server);
        nobody_got_in(p.server);
    }
    {
        pair p; // in one segment behind the one that succeeds, and later: ignored
        connect_to_server(p);
        inject(p.client, service(5, "ssh-userauth"));
        inject(p.client, request("alice", "right"));
        inject(p.client, request("mallory", "right"));
        inject(p.client, none_request("mallory"));
        carry_to_victim(p, p.server);
        REQUIRE(p.server.authenticated == 1);
        inject(p.client, request("mallory", "right"));
        carry_to_victim(p, p.server);
        CHECK_FALSE(p.server.core->ended());
        CHECK(p.server.authenticated == 1);
        CHECK(p.server.core->server_log_in().user == "alice");
        CHECK_FALSE(p.server.attempt);
        CHECK(p.server.count_sent(52) == 1);
    }
    {
        pair p; // the success comes twice
        p.ends_with_stream = false;
        p.log_in();
        inject(p.server, bare(52));
        carry_to_victim(p, p.client);
        CHECK(p.client.authenticated == 1);
        CHECK(p.client.count_sent(wire::number::unimplemented) == 1);
    }
    {
        pair p; // twice in one segment: the log-in is over with the first
        connect_to_client(p, true);
        inject(p.server, bare(52));
        inject(p.server, bare(52));
        carry_to_victim(p, p.client);
        CHECK(p.client.authenticated == 1);
        CHECK(p.client.count_sent(wire::number::unimplemented) == 1);
        CHECK_FALSE(p.client.core->ended());
    }
}

TEST_CASE("T45 services that are unknown, empty, huge or asked for out of turn end the connection")
{
    for (const std::string& name : {std::string("nonsense"), std::string(), std::string(200'000, 'x'),
             std::string("ssh-connection"),
             std::string("ssh-userauth\0", 13), std::string("ssh-userauth,ssh-connection")}) {
        pair p;
        connect_to_server(p);
        inject(p.client, service(5, name));
        inject(p.client, request("alice", "right"));
        inject(p.client, open_session(0));
        carry_to_victim(p, p.server);
        nobody_got_in(p.server);
        CHECK(p.server.count_sent(6) == 0);
        CHECK(p.server.core->output().size() < 2000); // a long name is not sent back
    }
    pair twice; // paramiko asks before every method, but not while one is under way
    connect_to_server(twice);
    inject(twice.client, service(5, "ssh-userauth"));
    inject(twice.client, service(5, "ssh-userauth"));
    carry_to_victim(twice, twice.server);
    CHECK(twice.server.count_sent(6) == 2);
    inject(twice.client, service(5, "ssh-connection"));
    carry_to_victim(twice, twice.server);
    nobody_got_in(twice.server);
    pair late;
    late.ends_with_stream = false;
    late.log_in();
    inject(late.client, service(5, "ssh-userauth"));
    carry_to_victim(late, late.server);
    CHECK(late.server.why.code() == errc::unexpected_message);
    pair wrong; // the server accepts another one
    connect_to_client(wrong, false);
    wrong.client.core->log_in(wrong.client.login);
    inject(wrong.server, service(6, "ssh-connection"));
    carry_to_victim(wrong, wrong.client);
    nobody_got_in(wrong.client);
}

TEST_CASE("T15 nothing behind a DISCONNECT runs, sent or received, in one segment or in pieces")
{
    for (const chunks how : {chunks::whole, chunks::one_byte}) {
        pair p(how);
        p.ends_with_stream = false;
        p.log_in();
        inject_message(p.client, msg::disconnect());
        inject(p.client, open_session(0));
        inject(p.client, exec(0));
        carry_to_victim(p, p.server);
        CHECK(p.server.why.code() == errc::disconnected);
        CHECK(p.server.tubes.empty());
        CHECK(p.server.told_after_end == 0);

        pair ours(how);
        ours.ends_with_stream = false;
        ours.log_in();
        inject(ours.client, open_session(0));
        inject(ours.client, exec(0));
        ours.server.core->disconnect(disconnect_reason::by_application, "bye");
        const std::size_t left = ours.server.core->output().size();
        carry_to_victim(ours, ours.server);
        CHECK(ours.server.tubes.empty());
        CHECK(ours.server.core->output().size() == left);
        CHECK(ours.server.told_after_end == 0);
    }
}
