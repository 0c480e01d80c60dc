// Forwardings that outlive their connections.
#include "kept_scene.hpp"

#include "sshoal/events.hpp"
#include "sshoal/ssh_config.hpp"
#include "sshoal/tunnel.hpp"

using namespace rig;
using namespace std::chrono_literals;
using forward::rule;
using forward::tunnel;
using forward::tunnel_options;

namespace {

awaitable<tunnel> make_tunnel(site& s, tunnel_options how = {})
{
    const executor here = co_await asio::this_coro::executor;
    reconnect_options r = how.reconnect();
    if (!r.time())
        r = s.options();
    co_return tunnel(here, s.connects(), how.reconnect(r));
}

/// The connection is lost, and nobody has noticed that it could be made again.
awaitable<void> cut(site& s, tunnel t)
{
    s.lose();
    co_await come_true([&] { return t.link().state() == link_state::waiting; });
}

awaitable<void> mend(site& s, tunnel t)
{
    s.time->move(1s);
    co_await come_true([&] { return t.health().ready(); });
}

awaitable<void> answers(endpoint at)
{
    auto asking = ask(at, "hello");
    const std::string answer = co_await std::move(asking);
    CHECK(answer == "hello.");
}

forward::rule_health only(const tunnel& t)
{
    const forward::tunnel_health h = t.health();
    REQUIRE(h.rules.size() == 1);
    return h.rules[0];
}

const endpoint any_port("127.0.0.1", 0);

/// Adds the tunnel's only rule. Returns: where it listens, after a stream has come through.
awaitable<endpoint> begun(tunnel& t, rule r)
{
    t.add(std::move(r));
    co_await t.ready();
    const endpoint at = only(t).bound;
    CHECK(at.port() != 0);
    auto answering = answers(at);
    co_await std::move(answering);
    co_return at;
}

} // namespace

TEST_CASE("tunnel: a local port stays, and its counters go on, when the connection is lost")
{
    run_test([]() -> awaitable<void> {
        site s;
        echo_host host = co_await echo_at_port();
        tunnel t = co_await make_tunnel(s);
        const endpoint at = co_await begun(t, rule::local(any_port, host.at()));
        co_await cut(s, t);
        CHECK_FALSE(t.health().ready());
        CHECK(only(t).listening);
        co_await mend(s, t);
        CHECK(only(t).bound == at);
        co_await answers(at);
        CHECK(only(t).count.opened == 2);
        CHECK(only(t).count.bytes_to_target == 10);
        CHECK(s.attempts == 2);
        t.stop();
        const failure why = co_await t.wait_closed();
        CHECK(why.code() == errc::closed);
        co_await becomes_closed(at);
    });
}

TEST_CASE("tunnel: a stream that arrives while there is no connection waits up to the limit")
{
    run_test([]() -> awaitable<void> {
        echo_host host = co_await echo_at_port();
        for (const auto& [waits, answer] : {std::pair(5s - 1ns, "hello."), std::pair(5s + 0ns, ""), std::pair(5s + 1ns, "")}) {
            site s;
            tunnel t = co_await make_tunnel(s, tunnel_options().reconnect(s.options().first_delay(1h).most_delay(1h)).patience(5s));
            t.add(rule::local(any_port, host.at()));
            co_await t.ready();
            co_await cut(s, t);
            std::string got = "nothing";
            const auto asking = [&]() -> awaitable<void> {
                auto a = ask(only(t).bound, "hello");
                got = co_await std::move(a);
            };
            beside caller = co_await beside::start_here(asking());
            co_await come_true([&] { return only(t).count.open == 1; });
            s.time->move(waits);
            co_await settle();
            reconnector link = t.link();
            link.try_now();
            co_await come_true([&] { return caller.done(); });
            CHECK((got == answer || (std::string_view(answer).empty() && got.find("hello") == got.npos)));
            CHECK(only(t).count.opened == (std::string_view(answer).empty() ? 0 : 1));
            CHECK(only(t).count.refused == (std::string_view(answer).empty() ? 1 : 0));
        }
    });
}

TEST_CASE("tunnel: without patience a stream is refused at once, and SOCKS says why")
{
    run_test([]() -> awaitable<void> {
        site s;
        tunnel t = co_await make_tunnel(s, tunnel_options().patience(0ns));
        t.add(rule::dynamic(any_port));
        co_await t.ready();
        co_await cut(s, t);
        auto calling = call(only(t).bound);
        const std::unique_ptr<stream_io> io = co_await std::move(calling);
        error_code ec;
        const std::string request("\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 13);
        auto writing = io->write(std::as_bytes(std::span(request)), ec);
        co_await std::move(writing);
        auto reading = read_to_end(*io);
        const std::string reply = co_await std::move(reading);
        REQUIRE(reply.size() >= 4);
        CHECK(reply[3] == 4); // host unreachable
        CHECK(only(t).count.refused == 1);
    });
}

TEST_CASE("tunnel: a port of the server is opened again on the next connection, the same one")
{
    run_test([]() -> awaitable<void> {
        site s;
        echo_host host = co_await echo_at_port();
        tunnel t = co_await make_tunnel(s);
        const endpoint at = co_await begun(t, rule::remote(any_port, host.at()));
        co_await cut(s, t);
        co_await come_true([&] { return !only(t).listening; });
        co_await becomes_closed(at);
        co_await mend(s, t);
        CHECK(only(t).bound == at);
        co_await answers(at);
        CHECK(only(t).count.opened == 2);
    });
}

TEST_CASE("tunnel: a free port of the server that somebody else has taken is replaced, a fixed one is tried again")
{
    run_test([]() -> awaitable<void> {
        site s;
        const executor here = co_await asio::this_coro::executor;
        echo_host host = co_await echo_at_port();
        tunnel t = co_await make_tunnel(s, tunnel_options().rule_delay(3s));
        t.add(rule::remote(any_port, host.at()));
        co_await t.ready();
        const endpoint at = only(t).bound;
        co_await cut(s, t);
        co_await becomes_closed(at);
        std::optional<stream_acceptor> other(std::in_place, here, listen_address(at));
        co_await mend(s, t);
        CHECK(only(t).bound.port() != at.port());
        co_await answers(only(t).bound);

        std::vector<rule> fixed;
        fixed.push_back(rule::remote(at, host.at()));
        t.set(fixed);
        co_await come_true([&] { return bool(only(t).why); });
        CHECK(only(t).why.code() == errc::request_refused);
        CHECK_FALSE(only(t).listening);
        other.reset();
        co_await settle();
        s.time->move(3s - 1ns);
        co_await settle();
        CHECK_FALSE(only(t).listening);
        s.time->move(1ns);
        co_await t.ready();
        co_await answers(at);
    });
}

TEST_CASE("tunnel: a local address that is taken is tried again, and events say so once")
{
    class noting final : public event_sink {
    public:
        void on_event(const event_origin&, const event& e) override
        {
            failed += e.kind() == event_kind::forwarding_failed ? 1 : 0;
            started += e.kind() == event_kind::forwarding_started ? 1 : 0;
        }
        int failed = 0, started = 0;
    };
    run_test([]() -> awaitable<void> {
        site s;
        const auto notes = std::make_shared<noting>();
        const executor here = co_await asio::this_coro::executor;
        std::optional<stream_acceptor> other(std::in_place, here, listen_address("127.0.0.1", 0));
        const endpoint at = other->local();
        echo_host host = co_await echo_at_port();
        tunnel t = co_await make_tunnel(s, tunnel_options().reconnect(s.options().events(notes)));
        t.add(rule::local(at, host.at()));
        co_await come_true([&] { return bool(only(t).why); });
        CHECK(only(t).why.code() == boost::system::errc::address_in_use);
        for (int i = 0; i < 3; ++i) {
            s.time->move(10s);
            co_await settle();
        }
        CHECK(notes->failed == 1);
        other.reset();
        co_await settle();
        s.time->move(10s);
        co_await t.ready();
        CHECK(notes->started == 1);
        CHECK_FALSE(only(t).why);
        co_await answers(at);
    });
}

TEST_CASE("tunnel: the set can be replaced, and what did not change is not dropped")
{
    run_test([]() -> awaitable<void> {
        site s;
        echo_host host = co_await echo_at_port();
        tunnel t = co_await make_tunnel(s);
        const rule kept = rule::local(any_port, host.at()), leaves = rule::local(any_port, endpoint("localhost", host.at().port()));
        const rule there = rule::remote(any_port, host.at());
        std::vector<rule> set{kept, leaves, there, kept};
        t.set(set);
        co_await t.ready();
        CHECK(t.health().rules.size() == 3);
        const endpoint kept_at = t.health().rules[0].bound, leaves_at = t.health().rules[1].bound, there_at = t.health().rules[2].bound;
        auto calling = call(kept_at);
        const std::unique_ptr<stream_io> stays = co_await std::move(calling);
        auto calling_other = call(leaves_at);
        std::unique_ptr<stream_io> runs_on = co_await std::move(calling_other);
        co_await come_true([&] { return host.present() == 2; });

        const rule changed = rule::local(leaves_at, host.at());
        std::vector<rule> next{kept, changed};
        t.set(next);
        co_await t.ready();
        CHECK(t.health().rules.size() == 2);
        CHECK(t.health().rules[0].bound == kept_at);
        CHECK(t.health().rules[0].count.open == 1);
        co_await answers(leaves_at);
        co_await becomes_closed(there_at);
        CHECK(host.present() == 2);
        CHECK(s.attempts == 1);
        error_code ec;
        auto writing = runs_on->write(std::as_bytes(std::span("still", 5)), ec);
        co_await std::move(writing);
        std::string back(5, ' ');
        auto reading = runs_on->read(room(back), ec);
        co_await std::move(reading);
        CHECK(back == "still");

        t.remove(kept);
        t.add(there);
        co_await t.ready();
        CHECK(t.health().rules.size() == 2);
        co_await answers(t.health().rules[1].bound);
        co_await becomes_closed(kept_at);
    });
}

TEST_CASE("tunnel: drain() waits for streams, and closes the connection then")
{
    run_test([]() -> awaitable<void> {
        site s;
        echo_host host = co_await echo_at_port();
        tunnel t = co_await make_tunnel(s);
        t.add(rule::local(any_port, host.at()));
        co_await t.ready();
        const endpoint at = only(t).bound;
        auto calling = call(at);
        std::unique_ptr<stream_io> open = co_await std::move(calling);
        co_await come_true([&] { return host.present() == 1; });
        t.drain();
        co_await becomes_closed(at);
        CHECK(t.link().state() == link_state::up);
        open.reset();
        const failure why = co_await t.wait_closed();
        CHECK(why.code() == errc::closed);
        CHECK(t.link().state() == link_state::stopped);
        auto later = failure_of(t.ready());
        const failure never = co_await std::move(later);
        CHECK(never.code() == errc::closed);
    });
}

TEST_CASE("tunnel: a failure that no attempt can mend closes all, and dropping the handle stops")
{
    run_test([]() -> awaitable<void> {
        site s;
        tunnel t = co_await make_tunnel(s);
        t.add(rule::local(any_port, endpoint("localhost", 9)));
        co_await t.ready();
        const endpoint at = only(t).bound;
        co_await cut(s, t);
        s.fail(1, failure(errc::host_key_changed, "another key"));
        s.time->move(1s);
        const failure why = co_await t.wait_closed();
        CHECK(why.code() == errc::host_key_changed);
        co_await becomes_closed(at);

        site other;
        tunnel dropped = co_await make_tunnel(other);
        dropped.add(rule::local(any_port, endpoint("localhost", 9)));
        co_await dropped.ready();
        const endpoint there = only(dropped).bound;
        dropped = tunnel();
        co_await becomes_closed(there);
        const failure end = co_await other.links[0].link.server.wait_closed();
        CHECK(end.code() == errc::disconnected);
    });
}

TEST_CASE("tunnel: rules are values, and options have limits")
{
    CHECK(rule::local("8080", "db:5432").to_string() == "local localhost:8080 db:5432");
    CHECK(rule::remote_dynamic("[::1]:1080").to_string() == "remote dynamic [::1]:1080");
    CHECK(rule::local("8080", "db:5432") == rule::local("localhost:8080", "db:5432"));
    CHECK_FALSE(rule::local("8080", "db:5432") == rule::remote("8080", "db:5432"));
    CHECK_FALSE(rule::local("8080", "db:5432") == rule::local("8080", "db:5433"));
    CHECK_FALSE(rule::dynamic("8080") == rule::dynamic("8080", forward::options().max_streams(7)));
    CHECK_FALSE(rule::dynamic("8080") == rule::dynamic("8080", forward::options().dial(dial_options().attempts(2))));
    CHECK_THROWS_AS(rule::local(endpoint("localhost", 1), endpoint()), error);
    CHECK_THROWS_AS(rule::dynamic("no port"), error);
    site s;
    asio::io_context ctx;
    const auto refused = [&](tunnel_options o) {
        try {
            const tunnel t(ctx.get_executor(), s.connects(), std::move(o));
            return false;
        } catch (const error& e) {
            return e.code() == errc::invalid_argument;
        }
    };
    CHECK_FALSE(refused(tunnel_options().patience(0ns)));
    CHECK(refused(tunnel_options().patience(-1ns)));
    CHECK_FALSE(refused(tunnel_options().rule_delay(1ms)));
    CHECK(refused(tunnel_options().rule_delay(1ms - 1ns)));
    CHECK(refused(tunnel_options().reconnect(reconnect_options().factor(0))));
}

TEST_CASE("tunnel: rules of a configuration")
{
    run_test([]() -> awaitable<void> {
        const ssh_config config = ssh_config::parse("StreamLocalBindMask 0117\nPermitRemoteOpen db:5432\nLocalForward 8080 db:5432\n"
                                                    "DynamicForward [::1]:1080\nRemoteForward 1081\nRemoteForward /run/x localhost:80\n")
                                      .value();
        auto looking = config.lookup("gate");
        const ssh_settings settings = co_await std::move(looking);
        const std::vector<rule> all = forward::rules_from(settings);
        std::vector<std::string> texts;
        for (const rule& r : all) {
            texts.push_back(r.to_string());
            CHECK(r.how().socket_mode() == 0660);
            CHECK(r.how().permit_open() == names("db:5432"));
        }
        CHECK(texts == names("local localhost:8080 db:5432", "dynamic [::1]:1080", "remote dynamic localhost:1081",
                             "remote unix:/run/x localhost:80"));
    });
}

TEST_CASE("tunnel: handles outlive their io_context")
{
    site s;
    std::optional<tunnel> kept;
    {
        asio::io_context ctx;
        kept.emplace(executor(ctx.get_executor()), s.connects(), tunnel_options().reconnect(s.options()));
        kept->add(rule::local(any_port, endpoint("localhost", 9)));
        kept->add(rule::remote(any_port, endpoint("localhost", 9)));
        for (int i = 0; i < 1000 && !kept->health().ready(); ++i)
            ctx.run_for(5ms);
        CHECK(kept->health().ready());
    }
    kept->stop();
    s.links.clear();
}
