// Reasons as data: what a failure tells programs beside its code and its text.
#include "ends.hpp"
#include "sshoal/failure_detail.hpp"

using namespace rig;

namespace {

awaitable<auth_decision> let_nobody_in(auth_request) { co_return auth_decision::reject(); }
awaitable<std::optional<std::string>> some_password(std::string, unsigned) { co_return "wrong"; }

/// What the client's end fails with.
awaitable<failure> client_fails(server_options s, client_options c)
{
    failures f = co_await failed_to_connect(std::move(s), std::move(c));
    co_return std::move(f.client);
}

} // namespace

TEST_CASE("a DISCONNECT of the peer has its number, also one that is in no list")
{
    run_test([]() -> awaitable<void> {
        for (const unsigned number : {15u, 4711u}) {
            pair p = co_await connected();
            p.server.disconnect(disconnect_reason(number), "so long");
            failure why = co_await p.client.wait_closed();
            CHECK(why.code() == errc::disconnected);
            REQUIRE(why.detail());
            CHECK(why.detail()->disconnect_reason == disconnect_reason(number));
            CHECK(why.detail()->peer_text == "so long");
            failure later = co_await failure_of(p.client.ping());
            REQUIRE(later.detail());
            CHECK(later.detail()->disconnect_reason == disconnect_reason(number));
        }
    });
}

TEST_CASE("a refused channel has the number of its refusal")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        failure unknown = co_await failure_of(p.client.open_channel("odd"));
        CHECK(unknown.code() == errc::channel_open_refused);
        REQUIRE(unknown.detail());
        CHECK(unknown.detail()->open_failure == open_failure::unknown_channel_type);
        CHECK_FALSE(unknown.detail()->disconnect_reason);
    });
}

TEST_CASE("a log-in that failed has the server's methods and those that were tried")
{
    run_test([]() -> awaitable<void> {
        auto s = server_setup().authenticator(auth_function(let_nobody_in), names("password", "publickey"));
        auto c = keyless_setup().key(other_key()).password(password_function(some_password)).password_prompts(2);
        failure why = co_await client_fails(s, c.methods(names("publickey", "password")));
        CHECK(why.code() == errc::authentication_failed);
        REQUIRE(why.detail());
        CHECK(why.detail()->server_methods == names("password", "publickey"));
        CHECK(why.detail()->tried == names("publickey (1 key)", "password"));

        failure ended = co_await client_fails(s.max_auth_tries(2), c);
        CHECK(ended.code() == errc::disconnected);
        REQUIRE(ended.detail());
        CHECK(ended.detail()->disconnect_reason == disconnect_reason::no_more_auth_methods_available);
        CHECK(ended.detail()->server_methods == names("password", "publickey"));
    });
}

TEST_CASE("a refused host key comes with the key that was shown and those that were expected")
{
    run_test([]() -> awaitable<void> {
        const public_key shown = host_key().public_half(), expected = other_key().public_half();
        failure fixed = co_await client_fails(server_setup(), client_setup().host_key(expected));
        CHECK(fixed.code() == errc::host_key_rejected);
        REQUIRE(fixed.detail());
        CHECK(fixed.detail()->shown_key == shown);
        REQUIRE(fixed.detail()->expected_keys.size() == 1);
        CHECK(fixed.detail()->expected_keys.front() == expected);

        known_hosts entries;
        failure unknown = co_await client_fails(server_setup(), client_setup().verifier(trust_known_hosts(entries)));
        CHECK(unknown.code() == errc::host_key_unknown);
        REQUIRE(unknown.detail());
        CHECK(unknown.detail()->shown_key == shown);
        CHECK(unknown.detail()->expected_keys.empty());
    });
}

TEST_CASE("a connection that cannot be made has a failure for each address")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        std::uint16_t port = 0;
        {
            const listener gone(ex, listen_address("127.0.0.1", 0), server_setup());
            port = gone.port();
        }
        failure why = co_await failure_of(connect("127.0.0.1", client_setup().port(port)));
        CHECK(why.code() == asio::error::connection_refused);
        REQUIRE(why.detail());
        REQUIRE(why.detail()->addresses.size() == 1);
        CHECK(why.detail()->addresses.front().address == endpoint("127.0.0.1", port));
        CHECK(why.detail()->addresses.front().why.code() == asio::error::connection_refused);
    });
}
