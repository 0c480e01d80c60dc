// Flows that are dropped, or disturbed, at every step of a log-in with many steps.
#include "auth_rig.hpp"
#include "catch.hpp"

using namespace sshoal;
using namespace sshoal::auth;
using namespace sshoal::auth::test;

namespace {

/// Publickey (two keys), a changed password and a dialogue, with a banner and a delay.
void long_log_in(pair_rig& p)
{
    p.client.settings.identities = {identity_of(test_key(0)), identity_of(test_key(1))};
    p.client.settings.methods = {"publickey", "password", "keyboard-interactive"};
    p.client.settings.has_password = p.client.settings.has_interactive = p.client.settings.probe_none = true;
    p.client.decide = usual_answers({test_key(0), test_key(1)}, "pw");
    p.server.settings.banner = "hello";
    p.server.settings.failure_delay = std::chrono::milliseconds(10);
    p.server.decide = [](auth_attempt& a) {
        auth_decision d;
        if (a.what == asked_for::key_query) {
            d.what = a.key == test_key(1).public_half() ? auth_decision::kind::accept : auth_decision::kind::reject;
        } else if (a.what == asked_for::key) {
            d.what = auth_decision::kind::more;
            d.methods = {"password"};
        } else if (a.what == asked_for::password || a.what == asked_for::new_password) {
            d.what = a.what == asked_for::new_password ? auth_decision::kind::more : auth_decision::kind::change_password;
            d.methods = {"keyboard-interactive"};
        } else if (a.what == asked_for::interactive) {
            d.what = auth_decision::kind::ask;
            d.prompts = {prompt{"a long enough prompt to need memory", false}, prompt{"b", true}};
        } else if (a.what == asked_for::answers) {
            d.what = auth_decision::kind::accept;
        }
        return d;
    };
    p.server.begin();
    p.client.begin();
}

int steps_of_log_in()
{
    pair_rig p;
    long_log_in(p);
    int steps = 0;
    while (p.step())
        ++steps;
    REQUIRE(p.client.succeeded());
    REQUIRE(p.server.succeeded());
    CHECK((*p.client.result)->methods.size() == 3);
    return steps;
}

void run_to(pair_rig& p, int step)
{
    long_log_in(p);
    while (step-- > 0)
        REQUIRE(p.step());
}

} // namespace

TEST_CASE("auth: flows can be dropped at every suspension point, in either order")
{
    const int steps = steps_of_log_in();
    CHECK(steps > 20);
    for (int k = 0; k <= steps; ++k) {
        for (const bool client_first : {false, true}) {
            pair_rig p;
            run_to(p, k);
            if (client_first)
                p.client.run.reset();
            p.server.run.reset();
            p.client.run.reset();
        }
    }
}

TEST_CASE("auth T39 T43: one wrong message at each step of a log-in ends it")
{
    const int steps = steps_of_log_in();
    for (int k = 0; k <= steps; ++k) {
        // Numbers that no state of the receiver allows once the service is agreed.
        for (const int n : {1, 2, 6, 20, 50, 61, 62, 79, 80, 90}) {
            pair_rig p;
            run_to(p, k);
            if (!p.client.listening() || p.client.sent.size() > 0)
                break;
            if (n == 6 && k < 3)
                continue;
            p.client.feed_number(std::uint8_t(n));
            CHECK(p.client.failed_with(errc::unexpected_message));
        }
        for (const int n : {1, 2, 6, 20, 51, 52, 53, 60, 62, 80, 90}) {
            pair_rig p;
            run_to(p, k);
            if (!p.server.listening())
                break;
            p.server.feed_number(std::uint8_t(n));
            CHECK(p.server.failed_with(errc::unexpected_message));
        }
    }
}

TEST_CASE("auth T42 T43: replies are due exactly while they can come")
{
    pair_rig p;
    long_log_in(p);
    bool more = true;
    while (more) {
        const bool asked = p.client.question.has_value();
        const std::uint8_t next = p.server.sent.empty() ? std::uint8_t(0) : std::uint8_t(p.server.sent.front()[0]);
        // Only the two messages that answer nothing arrive while no reply is due.
        if (next != 0 && next != wire::number::service_accept && next != wire::number::userauth_banner)
            CHECK(p.client.reply_due_now);
        if (asked)
            CHECK_FALSE(p.client.reply_due_now);
        const bool typing = asked && std::holds_alternative<prompts_question>(*p.client.question);
        const bool answered = !p.client.sent.empty() && p.client.sent[0][0] == std::byte(wire::number::userauth_info_response);
        // Number 60 on its way may be an INFO_REQUEST or something else that wants no reply of that kind.
        if (next != wire::number::userauth_info_request)
            CHECK(p.server.reply_due_now == (typing || answered));
        more = p.step();
    }
    CHECK_FALSE(p.client.reply_due_now);
    CHECK_FALSE(p.server.reply_due_now);
    CHECK(p.client.succeeded());
}

TEST_CASE("auth: cut messages at each step never log anybody in")
{
    const int steps = steps_of_log_in();
    for (int k = 0; k <= steps; ++k) {
        for (const bool to_client : {false, true}) {
            pair_rig probe;
            run_to(probe, k);
            const std::deque<bytes>& queue = to_client ? probe.server.sent : probe.client.sent;
            if (queue.empty() || !(to_client ? probe.client.listening() : probe.server.listening()))
                continue;
            const std::size_t whole = queue.front().size();
            const auto number = std::to_integer<std::uint8_t>(queue.front()[0]);
            for (std::size_t size = 0; size < whole; ++size) {
                pair_rig p;
                run_to(p, k);
                bytes cut = to_client ? p.server.take() : p.client.take();
                cut.resize(size);
                if (to_client)
                    p.client.feed(std::move(cut));
                else
                    p.server.feed(std::move(cut));
                // The server may have logged the client in before its SUCCESS is damaged on the way.
                CHECK_FALSE(p.client.succeeded());
                CHECK((to_client || !p.server.succeeded()));
                // A server refuses a method's own part without dropping the client. A client drops at any damage but that of an
                // answer about a key, which costs the key.
                CHECK((!to_client || number == wire::number::userauth_pk_ok || p.client.result.has_value()));
            }
        }
    }
}
