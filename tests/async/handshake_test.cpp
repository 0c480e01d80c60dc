// Connecting by steps: what is seen before log-in, and log-in method by method.
#include "ends.hpp"
#include "sshoal/handshake.hpp"
#include "sshoal/result_of.hpp"

using namespace rig;

namespace {

struct started {
    login client;
    server_connection server;
    failure trouble; ///< of the server
    bool over = false;
};

server_options both_needed()
{
    return server_setup().authenticator(
        [](auth_request r) -> awaitable<auth_decision> {
            if (r.what == auth_request::kind::password && r.password == "right")
                co_return r.succeeded.empty() ? auth_decision::more(names("keyboard-interactive", "publickey")) : auth_decision::accept();
            if (r.what == auth_request::kind::key || r.what == auth_request::kind::key_query)
                co_return r.succeeded.empty() ? auth_decision::reject() : auth_decision::accept();
            co_return auth_decision::reject();
        },
        names("publickey", "password"));
}

awaitable<void> serve_one(std::shared_ptr<started> s, std::unique_ptr<byte_stream> stream, server_options o)
{
    try {
        s->server = co_await accept(std::move(stream), std::move(o));
    } catch (const error& e) {
        s->trouble = e.why();
    }
    s->over = true;
}

/// A client that has done the key exchange.
awaitable<std::shared_ptr<started>> shaken(server_options server, client_options client)
{
    auto s = std::make_shared<started>();
    const executor here = co_await asio::this_coro::executor;
    auto streams = make_memory_streams(here, here);
    spawn(here, serve_one(s, std::move(streams.second), std::move(server)));
    auto shaking = handshake(std::move(streams.first), "somewhere", std::move(client));
    s->client = co_await std::move(shaking);
    co_return s;
}

client_options nobody_trusted() { return client_options().user("tester"); }

} // namespace

TEST_CASE("a handshake shows the server's key and algorithms, without a verifier and without a log-in")
{
    run_test([]() -> awaitable<void> {
        auto s = co_await shaken(server_setup(), nobody_trusted());
        CHECK(s->client.host_key().bare() == host_key().public_half());
        CHECK(!s->client.host_key_trusted());
        CHECK(!s->client.algorithms().kex.empty());
        CHECK(s->client.offered().kex.size() > 3);
        CHECK(s->client.offered().host_keys == names("ssh-ed25519"));
        CHECK(s->client.offered().ciphers_in == s->client.offered().ciphers_out);
        CHECK(s->client.offered().macs_in.size() > 1);
        CHECK(s->client.peer_identification().substr(0, 8) == "SSH-2.0-");
        CHECK(!s->client.finished());
        const failure f = co_await failure_of(s->client.ask_methods());
        CHECK(f.code() == errc::no_host_key_verifier);
        CHECK(f.context().substr(0, 20) == "tester@somewhere:22:");
        s->client = login();
        while (!s->over)
            co_await settle();
        CHECK(s->trouble);
    });
}

TEST_CASE("log-in by steps: refused, partial, and finished")
{
    run_test([]() -> awaitable<void> {
        auto s = co_await shaken(both_needed(), nobody_trusted());
        s->client.trust_host_key();
        const std::vector<std::string> methods = co_await s->client.ask_methods();
        CHECK(methods == names("publickey", "password"));
        login_step step = co_await s->client.try_password("wrong");
        CHECK(step == login_step::refused);
        step = co_await s->client.try_key(user_key());
        CHECK(step == login_step::refused);
        CHECK_THROWS_AS(s->client.finish(), error);
        step = co_await s->client.try_password("right");
        CHECK(step == login_step::partial);
        CHECK(s->client.methods() == names("keyboard-interactive", "publickey"));
        step = co_await s->client.try_key(other_key());
        CHECK(step == login_step::success);
        CHECK(s->client.finished());
        connection c = s->client.finish();
        s->client = login();
        CHECK(c.info().auth_methods == names("password", "publickey"));
        while (!s->over)
            co_await settle();
        CHECK(!s->trouble);
        serve(s->server, echo);
        const run_result r = co_await c.run("cat", run_options().input("still there"));
        CHECK(r.out == "still there");
    });
}

TEST_CASE("log-in by steps: a dialogue, and one that is given up")
{
    run_test([]() -> awaitable<void> {
        server_options asking = server_setup().authenticator(
            [](auth_request r) -> awaitable<auth_decision> {
                if (r.what == auth_request::kind::interactive) {
                    std::vector<auth_decision::prompt> questions;
                    questions.push_back({"colour? ", true});
                    co_return auth_decision::ask(std::move(questions));
                }
                if (r.what == auth_request::kind::answers && r.answers == names("blue"))
                    co_return auth_decision::accept();
                co_return auth_decision::reject();
            },
            names("keyboard-interactive"));
        auto s = co_await shaken(std::move(asking), nobody_trusted());
        s->client.trust_host_key();
        interactive_function none = [](interactive_prompts) -> awaitable<std::optional<std::vector<std::string>>> {
            co_return std::nullopt;
        };
        login_step step = co_await s->client.try_interactive(std::move(none));
        CHECK(step == login_step::left_out);
        interactive_function blue = [](interactive_prompts p) -> awaitable<std::optional<std::vector<std::string>>> {
            CHECK(p.prompts.size() == 1);
            co_return names("blue");
        };
        step = co_await s->client.try_interactive(std::move(blue));
        CHECK(step == login_step::success);
    });
}

TEST_CASE("steps can be tried first, and the options' credentials after them")
{
    run_test([]() -> awaitable<void> {
        auto s = co_await shaken(server_setup(), client_setup());
        CHECK(s->client.host_key_trusted());
        const login_step step = co_await s->client.try_key(other_key());
        CHECK(step == login_step::refused);
        connection c = co_await s->client.try_all();
        CHECK(c.info().auth_methods == names("publickey"));
    });
}

TEST_CASE("an RSA key that is too short is not tried, and the log-in can go on")
{
    run_test([]() -> awaitable<void> {
        const private_key rsa = private_key::generate(key_type::rsa, 2048).value();
        for (const unsigned needed : {2047u, 2048u, 2049u}) {
            auto s = co_await shaken(server_setup(), nobody_trusted().required_rsa_bits(needed));
            s->client.trust_host_key();
            outcome<login_step> step = co_await result_of(s->client.try_key(rsa));
            if (needed > 2048) {
                REQUIRE(!step);
                CHECK(step.error().code() == errc::bad_key);
                CHECK(step.error().context().find("at least 2049") != std::string::npos);
            } else {
                CHECK(step.value() == login_step::refused);
            }
            const login_step next = co_await s->client.try_key(user_key());
            CHECK(next == login_step::success);
        }
    });
}

TEST_CASE("try_all() fails as connect() does")
{
    run_test([]() -> awaitable<void> {
        auto s = co_await shaken(server_setup(), keyless_setup().key(other_key()));
        const failure f = co_await failure_of(s->client.try_all());
        CHECK(f.code() == errc::authentication_failed);
        CHECK(f.context().find("tried publickey (1 key)") != std::string::npos);
    });
}

TEST_CASE("a handshake refuses what the options' verifier refuses")
{
    run_test([]() -> awaitable<void> {
        const failure f = co_await failure_of(shaken(server_setup(), client_setup().host_key(other_key().public_half())));
        CHECK(f.code() == errc::host_key_rejected);
    });
}

TEST_CASE("a cancelled step closes the connection")
{
    run_test([]() -> awaitable<void> {
        auto never = std::make_shared<bool>(true);
        server_options slow = server_setup().authenticator([never](auth_request) -> awaitable<auth_decision> {
            while (*never)
                co_await pause_for(std::chrono::milliseconds(1));
            co_return auth_decision::reject();
        });
        auto s = co_await shaken(std::move(slow), nobody_trusted());
        s->client.trust_host_key();
        beside asking = co_await beside::start_here(s->client.ask_methods());
        asking.cancel(stop_terminal);
        while (!asking.done() || !s->over)
            co_await settle();
        CHECK(asking.aborted());
        const failure later = co_await failure_of(s->client.ask_methods());
        CHECK(later);
        *never = false;
    });
}

TEST_CASE("an empty log-in throws")
{
    run_test([]() -> awaitable<void> {
        login none;
        CHECK(!none);
        CHECK(none.methods().empty());
        CHECK_THROWS_AS(none.finish(), error);
        const failure f = co_await failure_of(none.ask_methods());
        CHECK(f.code() == errc::closed);
    });
}
