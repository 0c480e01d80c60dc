// Events as structs: the story of a connection as its two ends tell it, and of a listener.
#include "ends.hpp"
#include "sshoal/admission.hpp"
#include "sshoal/events.hpp"

#include <algorithm>
#include <mutex>

using namespace rig;

namespace {

/// Keeps every event as a line of "kind facts".
class diary final : public event_sink {
public:
    void on_event(const event_origin& from, const event& e) override
    {
        const std::lock_guard lock(mutex_);
        numbers.push_back(from.connection);
        lines.push_back(told(from, e));
    }
    bool wants_packets() const noexcept override { return packets; }

    bool has(std::string_view line) const { return std::find(lines.begin(), lines.end(), line) != lines.end(); }
    /// Whether these lines are there, in this order.
    bool in_order(const std::vector<std::string>& wanted) const
    {
        auto at = lines.begin();
        for (const std::string& w : wanted) {
            at = std::find(at, lines.end(), w);
            if (at == lines.end()) {
                UNSCOPED_INFO("missing: " << w);
                return false;
            }
            ++at;
        }
        return true;
    }

    std::vector<std::string> lines;
    std::vector<std::uint64_t> numbers;
    bool packets = false;
    std::size_t packets_told = 0;

private:
    static std::string listed(std::span<const std::string> names)
    {
        std::string all;
        for (const std::string& n : names)
            all += (all.empty() ? "" : ",") + n;
        return all;
    }
    static std::string yes(bool b) { return b ? "yes" : "no"; }
    std::string told(const event_origin& from, const event& e)
    {
        using namespace events;
        const std::string user(from.user);
        if (const auto* v = e.as<version_exchanged>())
            return "version " + std::string(v->peer);
        if (const auto* k = e.as<key_exchange_started>())
            return "kex started " + yes(k->first);
        if (const auto* k = e.as<key_exchange_done>())
            return "kex done " + yes(k->first) + (k->algorithms->kex.empty() || k->duration.count() < 0 ? " badly" : "");
        if (const auto* h = e.as<host_key_shown>())
            return *h->key == host_key().public_half() ? "host key " + std::string(h->type) : "another host key";
        if (const auto* a = e.as<auth_attempted>())
            return "attempt " + std::string(a->user) + " " + std::string(a->method);
        if (const auto* a = e.as<auth_accepted>())
            return "accepted " + std::string(a->method) + " partial " + yes(a->partial);
        if (const auto* r = e.as<auth_refused>())
            return "refused " + std::string(r->method) + " " + std::to_string(int(r->reason)) + " " + listed(r->methods);
        if (const auto* l = e.as<logged_in>())
            return "in " + user + " " + listed(l->methods) + (l->key ? " with " + std::string(l->key_type) : "")
                   + (l->key && l->fingerprint != l->key->fingerprint() ? " badly" : "");
        if (const auto* c = e.as<channel_opened>())
            return "open " + std::string(c->type) + " by peer " + yes(c->by_peer);
        if (const auto* c = e.as<channel_refused>())
            return "no " + std::string(c->type) + " by peer " + yes(c->by_peer) + " " + std::to_string(int(c->reason));
        if (const auto* c = e.as<channel_closed>())
            return "closed " + std::string(c->type) + " " + std::to_string(c->bytes_in) + " " + std::to_string(c->bytes_out);
        if (const auto* r = e.as<request_received>())
            return "request " + std::string(r->name) + (r->channel == request_received::no_channel ? " global" : "");
        if (const auto* r = e.as<request_answered>())
            return "answered " + std::string(r->name) + " " + yes(r->granted);
        if (const auto* d = e.as<connection_dropped>())
            return "dropped " + std::to_string(int(d->reason)) + " " + std::to_string(d->count);
        if (const auto* x = e.as<connection_ended>())
            return "ended " + std::to_string(x->disconnect_reason) + " by peer " + yes(x->by_peer);
        if (e.as<packet>())
            ++packets_told;
        return e.kind() == event_kind::connection_started ? "started"
               : e.kind() == event_kind::listening        ? "listening"
               : e.kind() == event_kind::message          ? "message"
                                                          : "other";
    }
    std::mutex mutex_;
};

awaitable<void> until_told(const std::shared_ptr<diary>& d, std::string line)
{
    for (int i = 0; i < 400 && !d->has(line); ++i)
        co_await pause_for(std::chrono::milliseconds(5));
}

awaitable<auth_decision> right_password(auth_request r)
{
    co_return r.what == auth_request::kind::password && r.password == "right" ? auth_decision::accept() : auth_decision::reject();
}

awaitable<std::optional<std::string>> typed(std::string, unsigned attempt) { co_return attempt == 0 ? "wrong" : "right"; }

} // namespace

TEST_CASE("a connection's events, in order, on both ends")
{
    run_test([]() -> awaitable<void> {
        const auto of_server = std::make_shared<diary>(), of_client = std::make_shared<diary>();
        {
            auto s = server_setup().events(of_server).authenticator(auth_function(right_password), names("password"));
            auto c = keyless_setup().events(of_client).password(password_function(typed)).methods(names("password"));
            pair p = co_await connected(std::move(s), std::move(c));
            CHECK(p.server.number() != p.client.number());
            serve(p.server, echo);
            run_result echoed = co_await p.client.run("cat", run_options().input("abc"));
            CHECK(echoed.out == "abc");
            failure no_channel = co_await failure_of(p.client.open_channel("odd"));
            CHECK(no_channel.code() == errc::channel_open_refused);
            auto reply = co_await p.client.request("odd-request");
            CHECK_FALSE(reply);
            co_await p.client.rekey();
            co_await until_told(of_client, "closed session 3 3");
            const connection_stats n = p.client.stats();
            CHECK(n.channels_opened == 1);
            CHECK(n.key_exchanges == 2);
            CHECK(n.packets_in > 5);
            const auto own = [&](std::uint64_t number) { return number == p.client.number(); };
            CHECK(std::all_of(of_client->numbers.begin(), of_client->numbers.end(), own));
            p.client.disconnect(disconnect_reason::illegal_user_name, "bye");
            co_await until_told(of_server, "ended 15 by peer yes");
        }
        CHECK(of_server->in_order(names("started", "kex started yes", "version SSH-2.0-sshoal", "kex done yes",
                                        "attempt tester password", "refused password 1 password", "attempt tester password",
                                        "accepted password partial no", "in tester password", "open session by peer yes",
                                        "request exec", "answered exec yes", "no odd by peer yes 3", "request odd-request global",
                                        "answered odd-request no", "kex started no", "kex done no", "ended 15 by peer yes")));
        CHECK(of_server->has("closed session 3 3"));
        CHECK(of_client->in_order(names("started", "kex started yes", "version SSH-2.0-sshoal", "host key ssh-ed25519",
                                        "kex done yes", "attempt tester password", "refused password 0 password",
                                        "attempt tester password", "accepted password partial no", "in tester password",
                                        "open session by peer no", "no odd by peer no 3", "ended 15 by peer no")));
        CHECK_FALSE(of_client->has("message"));
        CHECK_FALSE(of_client->has("other"));
    });
}

TEST_CASE("packets are told to sinks that want them, beside a log that does not")
{
    run_test([]() -> awaitable<void> {
        const auto all = std::make_shared<diary>();
        all->packets = true;
        const auto lines = std::make_shared<std::size_t>(0);
        auto count = [lines](log_level, std::string_view) { ++*lines; };
        pair p = co_await connected(server_setup(), client_setup().log(count, log_level::warning).events(all));
        CHECK(all->packets_told > 5);
        CHECK(*lines == 0);
    });
}

namespace {

awaitable<void> keep_one(listener l, std::shared_ptr<server_connection> place)
{
    server_connection c = co_await l.accept();
    *place = std::move(c);
}

class thrower final : public event_sink {
public:
    void on_event(const event_origin&, const event&) override { throw 1; }
};

} // namespace

TEST_CASE("a sink that throws ends nothing")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup().events(std::make_shared<thrower>()),
                                    client_setup().events(std::make_shared<thrower>()));
        CHECK(p.client.is_open());
    });
}

TEST_CASE("a listener tells which connections it drops, and why")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const auto told = std::make_shared<diary>();
        {
            listener l(ex, listen_address("127.0.0.1", 0), server_setup().events(told).max_connections(1));
            const auto kept = std::make_shared<server_connection>();
            beside first = beside::start(ex, keep_one(l, kept));
            connection c = co_await connect("127.0.0.1", client_setup().port(l.port()));
            failure second = co_await failure_of(connect("127.0.0.1", client_setup().port(l.port())));
            CHECK(second);
            c.close();
        }
        CHECK(told->in_order(names("listening", "started", "in tester publickey with ssh-ed25519", "dropped 0 1")));
    });
}

TEST_CASE("listeners that share an admission share its limits")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const auto shared = std::make_shared<admission>(admission_limits().max_connections(2));
        listener a(ex, listen_address("127.0.0.1", 0), server_setup().max_connections(1).admission(shared));
        listener b(ex, listen_address("127.0.0.1", 0), server_setup().admission(shared));
        const auto first = std::make_shared<server_connection>(), second = std::make_shared<server_connection>(),
                   third = std::make_shared<server_connection>();
        beside keeps_first = beside::start(ex, keep_one(a, first));
        connection one = co_await connect("127.0.0.1", client_setup().port(a.port()));
        beside keeps_second = beside::start(ex, keep_one(b, second));
        connection two = co_await connect("127.0.0.1", client_setup().port(b.port()));
        CHECK(shared->connections() == 2);
        failure dropped = co_await failure_of(connect("127.0.0.1", client_setup().port(a.port())));
        CHECK(dropped.code() == errc::connection_lost);
        one.close();
        for (int i = 0; i < 1000 && shared->connections() == 2; ++i)
            co_await pause_for(std::chrono::milliseconds(2));
        beside keeps_third = beside::start(ex, keep_one(b, third));
        connection instead = co_await connect("127.0.0.1", client_setup().port(b.port()));
        CHECK(a.connections() == 0);
        CHECK(b.connections() == 2);
        CHECK(shared->connections() == 2);
    });
}
