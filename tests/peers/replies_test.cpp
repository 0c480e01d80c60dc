// Answers that come otherwise than the RFC has them.
#include "bent_peer.hpp"

namespace rig {
namespace {

TEST_CASE("odd peers: a bent server completes a log-in, and what comes behind it reaches the script")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        connection c = co_await client_at(server);
        CHECK(c.info().user == "tester");
        server->on_message = [](bent_peer& p, byte_view) { p.say(msg::request_success()); };
        const auto reply = co_await c.request("one@sshoal.test");
        CHECK(reply.has_value());
        CHECK(server->count(number::global_request) == 1);
    });
}

TEST_CASE("odd peers: a bent client completes a log-in")
{
    run_test([]() -> awaitable<void> {
        const auto client = bent_peer::make(role::client);
        server_connection c = co_await server_for(client, password_setup());
        CHECK(c.user() == "tester");
    });
}

} // namespace
} // namespace rig
