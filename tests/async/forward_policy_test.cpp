// The rules of a server for forwardings: directions, places, its policy, and its limits.
#include "forward_scene.hpp"

#include "sshoal/failure_detail.hpp"
#include "sshoal/result_of.hpp"

using namespace rig;
using forward::serve_options;
using way = forward::direction;

namespace {

/// The reason and the text with which the server refuses a stream to this target; no reason if the stream is opened.
struct verdict {
    open_failure reason{};
    std::string text;
};

awaitable<verdict> try_open(connection c, endpoint to)
{
    auto connecting = failure_of(forward::connect(std::move(c), std::move(to)));
    const failure why = co_await std::move(connecting);
    verdict v;
    v.reason = detail_of(why).open_failure.value_or(open_failure());
    v.text = detail_of(why).peer_text;
    co_return v;
}

awaitable<error_code> try_listen(connection c, endpoint at)
{
    auto listening = failure_of(forward::listen(std::move(c), std::move(at)));
    const failure why = co_await std::move(listening);
    co_return why.code();
}

constexpr auto prohibited = open_failure::administratively_prohibited;

/// Allows what names the user's machine, and waits a turn before.
awaitable<failure> own_machine_only(forward::question q)
{
    co_await asio::post(asio::use_awaitable);
    const bool own = q.from.user() == "tester" && q.from.permissions().port_forwarding && q.at.address() == "127.0.0.1";
    if (own)
        co_return failure();
    if (q.at.address() == "busy")
        co_return failure(make_error_code(open_failure::resource_shortage), "later");
    if (q.at.address() == "broken")
        throw std::runtime_error("a bug");
    co_return failure(errc::file_error, "not in the list");
}

awaitable<failure> wait_for_ever(forward::question)
{
    co_await pause_for(std::chrono::hours(1));
    co_return failure();
}

} // namespace

TEST_CASE("forward: a server that forwards in one direction, or in none")
{
    run_test([]() -> awaitable<void> {
        for (const way d : {way::none, way::open, way::listen, way::both}) {
            auto connecting = forwarding_ends(serve_options().tcp(d));
            forwarding_pair p = co_await std::move(connecting);
            echo_host host = co_await echo_at_port();
            const verdict v = co_await try_open(p.link.client, host.at());
            CHECK(v.reason == (d == way::open || d == way::both ? open_failure() : prohibited));
            const error_code listened = co_await try_listen(p.link.client, endpoint("localhost", 0));
            CHECK(listened == (d == way::listen || d == way::both ? error_code() : make_error_code(errc::request_refused)));
            const verdict path = co_await try_open(p.link.client, endpoint::unix_socket("/run/x"));
            CHECK(path.reason == prohibited); // the default of unix_sockets()
        }
    });
}

TEST_CASE("forward: places to which and at which a client may forward")
{
    run_test([]() -> awaitable<void> {
        echo_host host = co_await echo_at_port();
        serve_options how;
        how.permit_open(names("127.0.0.1:" + std::to_string(host.at().port()))).permit_listen(names("localhost:*"));
        auto connecting = forwarding_ends(how);
        forwarding_pair p = co_await std::move(connecting);
        const verdict good = co_await try_open(p.link.client, host.at());
        CHECK(good.reason == open_failure());
        const verdict bad = co_await try_open(p.link.client, endpoint("localhost", host.at().port()));
        CHECK(bad.reason == prohibited);
        CHECK(bad.text == "open failed");
        const error_code listened = co_await try_listen(p.link.client, endpoint("localhost", 0));
        CHECK(!listened);
        const error_code refused = co_await try_listen(p.link.client, endpoint("127.0.0.1", 0));
        CHECK(refused == errc::request_refused);
    });
}

TEST_CASE("forward: the addresses at which a server listens")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        for (const forward::gateway g : {forward::gateway::no, forward::gateway::yes, forward::gateway::client_specified}) {
            auto connecting = forwarding_ends(serve_options().gateway_ports(g));
            forwarding_pair p = co_await std::move(connecting);
            for (const char* asked : {"127.0.0.2", "", "localhost", "host.invalid"}) {
                auto listening = forward::listen_tcp(p.link.client, 0, asked);
                auto ending = result_of(std::move(listening));
                const outcome<forward::remote_acceptor> a = co_await std::move(ending);
                const bool named = std::string(asked) == "host.invalid" && g == forward::gateway::client_specified;
                CHECK(a.has_value() != named);
                if (!a)
                    continue;
                for (const char* address : {"127.0.0.1", "127.0.0.2"}) {
                    auto calling = failure_of(connect_stream(endpoint(address, a->port())));
                    const failure why = co_await std::move(calling);
                    const bool all = g == forward::gateway::yes || (g == forward::gateway::client_specified && *asked == 0);
                    const bool this_one = g == forward::gateway::client_specified && std::string(asked) == "127.0.0.2"
                                              ? std::string(address) == asked
                                              : std::string(address) == "127.0.0.1";
                    CHECK(!why == (all || this_one));
                }
            }
        }
        (void)ex;
    });
}

TEST_CASE("forward: a policy decides, and says why")
{
    run_test([]() -> awaitable<void> {
        auto connecting = forwarding_ends(serve_options().policy(own_machine_only));
        forwarding_pair p = co_await std::move(connecting);
        echo_host host = co_await echo_at_port();
        const verdict good = co_await try_open(p.link.client, host.at());
        CHECK(good.reason == open_failure());
        const verdict busy = co_await try_open(p.link.client, endpoint("busy", 1));
        CHECK(busy.reason == open_failure::resource_shortage);
        CHECK(busy.text == "later");
        const verdict other = co_await try_open(p.link.client, endpoint("elsewhere", 1));
        CHECK(other.reason == prohibited);
        CHECK(other.text.find("not in the list") != std::string::npos);
        const verdict broken = co_await try_open(p.link.client, endpoint("broken", 1));
        CHECK(broken.reason == prohibited);
        const error_code listened = co_await try_listen(p.link.client, endpoint("127.0.0.1", 0));
        CHECK(!listened);
        const error_code refused = co_await try_listen(p.link.client, endpoint("localhost", 0));
        CHECK(refused == errc::request_refused);
        CHECK(p.served.count().refused == 3);
    });
}

TEST_CASE("forward: a client that goes while the server decides or dials leaves nothing behind")
{
    run_test([]() -> awaitable<void> {
        auto connecting = forwarding_ends(serve_options().policy(wait_for_ever));
        forwarding_pair p = co_await std::move(connecting);
        const executor ex = co_await asio::this_coro::executor;
        beside opening = beside::start(ex, forward::connect(p.link.client, endpoint("127.0.0.1", 1)));
        beside listening = beside::start(ex, forward::listen_tcp(p.link.client));
        co_await come_true([&] { return p.served.count().open == 1; });
        p.link.client.close();
        const failure why = co_await p.served.wait_closed();
        CHECK(why.code() == errc::disconnected);
        CHECK(p.served.count().open == 0);
        co_await come_true([&] { return opening.done() && listening.done(); });
        CHECK(opening.result().code() == errc::closed);
        CHECK(listening.result().code() == errc::closed);
    });
}

TEST_CASE("forward: names that do not resolve")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends();
        const verdict v = co_await try_open(p.link.client, endpoint("host.invalid", 80));
        CHECK(v.reason == open_failure::connect_failed);
        CHECK(!v.text.empty());
        CHECK(p.served.count().refused == 1);
    });
}

TEST_CASE("forward: what a log-in forbids is refused before the policy is asked")
{
    run_test([]() -> awaitable<void> {
        const auto restricted = [](auth_request r) -> awaitable<auth_decision> {
            co_return r.what == auth_request::kind::key || r.what == auth_request::kind::key_query
                ? auth_decision::accept(permissions::restricted())
                : auth_decision::reject();
        };
        int asked = 0;
        const auto policy = [&asked](forward::question) -> awaitable<failure> {
            ++asked;
            co_return failure();
        };
        server_options s = server_setup();
        s.authenticator(restricted);
        auto connecting = forwarding_ends(serve_options().policy(policy), s);
        forwarding_pair p = co_await std::move(connecting);
        const verdict v = co_await try_open(p.link.client, endpoint("127.0.0.1", 1));
        CHECK(v.reason == prohibited);
        const error_code listened = co_await try_listen(p.link.client, endpoint("localhost", 0));
        CHECK(listened == errc::request_refused);
        CHECK(asked == 0);
    });
}

TEST_CASE("forward: a server's limits of streams and listeners, one less, at the limit, and one more")
{
    run_test([]() -> awaitable<void> {
        const forward::user_limits users(3, 3);
        serve_options how;
        how.streams(forward::options().max_streams(2)).max_listeners(2).per_user(users);
        auto connecting = forwarding_ends(how);
        forwarding_pair p = co_await std::move(connecting);
        auto connecting_again = forwarding_ends(how);
        forwarding_pair q = co_await std::move(connecting_again);
        echo_host host = co_await echo_at_port();
        std::vector<channel> open;
        std::vector<forward::remote_acceptor> doors;
        for (int i = 0; i < 2; ++i) {
            auto opening = forward::connect(p.link.client, host.at());
            open.push_back(co_await std::move(opening));
            auto listening = forward::listen_tcp(p.link.client);
            doors.push_back(co_await std::move(listening));
        }
        const verdict third = co_await try_open(p.link.client, host.at());
        CHECK(third.reason == open_failure::resource_shortage);
        const error_code third_door = co_await try_listen(p.link.client, endpoint("localhost", 0));
        CHECK(third_door == errc::request_refused);

        auto opening = forward::connect(q.link.client, host.at()); // the user's third
        open.push_back(co_await std::move(opening));
        auto listening = forward::listen_tcp(q.link.client);
        doors.push_back(co_await std::move(listening));
        const verdict fourth = co_await try_open(q.link.client, host.at());
        CHECK(fourth.reason == open_failure::resource_shortage);
        const error_code fourth_door = co_await try_listen(q.link.client, endpoint("localhost", 0));
        CHECK(fourth_door == errc::request_refused);

        open.erase(open.begin());
        doors.erase(doors.begin());
        co_await come_true([&] { return p.served.count().open == 1; });
        (void)co_await p.link.client.ping();
        const verdict place = co_await try_open(q.link.client, host.at());
        CHECK(place.reason == open_failure());
        const error_code free_door = co_await try_listen(q.link.client, endpoint("localhost", 0));
        CHECK(!free_door);
    });
}

TEST_CASE("forward: what sshd_config says of forwarding")
{
    const auto options_of = [](std::string_view text) {
        return serve_options::from(sshd_config::parse(text, "sshd_config").value().settings().value());
    };
    CHECK(options_of("").tcp() == way::both);
    CHECK(options_of("").unix_sockets() == way::both);
    CHECK(options_of("").streams().socket_mode() == 0600);
    CHECK(options_of("AllowTcpForwarding local").tcp() == way::open);
    CHECK(options_of("AllowTcpForwarding remote\nAllowStreamLocalForwarding no").tcp() == way::listen);
    CHECK(options_of("AllowTcpForwarding remote\nAllowStreamLocalForwarding no").unix_sockets() == way::none);
    CHECK(options_of("DisableForwarding yes").tcp() == way::none);
    CHECK(options_of("DisableForwarding yes").unix_sockets() == way::none);
    CHECK(options_of("GatewayPorts clientspecified").gateway_ports() == forward::gateway::client_specified);
    CHECK(options_of("GatewayPorts yes").gateway_ports() == forward::gateway::yes);
    CHECK(options_of("StreamLocalBindMask 0117\nStreamLocalBindUnlink yes").streams().socket_mode() == 0660);
    CHECK(options_of("StreamLocalBindUnlink yes").streams().replaces_socket());
    const serve_options some = options_of("PermitOpen host:80 [::1]:*\nPermitListen 8080 localhost:*");
    CHECK(some.limits().may_open("host", 80));
    CHECK(some.limits().may_open("::1", 1));
    CHECK_FALSE(some.limits().may_open("host", 81));
    CHECK(some.limits().may_listen("anywhere", 8080));
    CHECK(some.limits().may_listen("localhost", 1));
    CHECK_FALSE(some.limits().may_listen("anywhere", 1));
    CHECK_FALSE(options_of("PermitOpen none").limits().may_open("host", 80));
}
