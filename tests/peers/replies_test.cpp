// Answers that do not come, come late, or come otherwise than the RFC has them.
#include "bent_peer.hpp"

#include "wire/auth_messages.hpp"
#include "wire/transport_messages.hpp"

namespace rig {
namespace {

constexpr std::uint32_t their_channel = 7; // the number that a bent server gives its channel

template <class M>
M to_client(M m)
{
    m.recipient = 0; // the client's first channel
    return m;
}

std::string global_name(byte_view payload) { return std::string(msg::global_request::decode(payload).value().name); }

/// Confirms opens, and gives the other messages to `rest`.
void serve_sessions(bent_peer& p, std::function<void(bent_peer&, byte_view)> rest)
{
    p.on_message = [rest = std::move(rest)](bent_peer& peer, byte_view m) {
        if (number_of(m) == number::channel_open)
            confirm_open(peer, m);
        else
            rest(peer, m);
    };
}

} // namespace

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

TEST_CASE("odd peers: UNIMPLEMENTED is the answer to the request that it names, and to no other")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        server->sends_ext_info = false; // so that ping() is a global request
        connection c = co_await client_at(server);
        server->on_message = [](bent_peer& p, byte_view m) {
            if (global_name(m) == "yes@sshoal.test")
                p.say(msg::request_success());
            else
                p.unimplemented();
        };
        for (int i = 0; i < 3; ++i) {
            co_await c.ping();
            const auto unknown = co_await c.request("no@sshoal.test");
            CHECK_FALSE(unknown.has_value());
            const auto granted = co_await c.request("yes@sshoal.test");
            CHECK(granted.has_value());
        }
    });
}

TEST_CASE("odd peers: UNIMPLEMENTED in the middle of requests that wait takes the right one out")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        connection c = co_await client_at(server);
        std::vector<std::uint32_t> numbers;
        server->on_message = [&](bent_peer& p, byte_view) { numbers.push_back(p.sequence()); };
        auto first = co_await beside::start_here(c.request("1"));
        auto second = co_await beside::start_here(c.request("2"));
        std::optional<std::vector<std::byte>> third_reply;
        auto third_request = [&]() -> awaitable<void> { third_reply = co_await c.request("3"); };
        auto third = co_await beside::start_here(third_request());
        REQUIRE(numbers.size() == 3);
        msg::unimplemented second_is_unknown;
        second_is_unknown.sequence = numbers[1];
        server->say(second_is_unknown);
        co_await settle();
        CHECK_FALSE(first.done());
        CHECK(second.done());
        CHECK_FALSE(third.done());
        server->say(bytes{std::byte(number::request_failure)});
        msg::request_success yes;
        const bytes body = bytes_of("body");
        yes.rest = body;
        server->say(yes);
        co_await settle();
        CHECK(first.done());
        CHECK(third.done());
        REQUIRE(third_reply.has_value());
        CHECK(text_of(*third_reply) == "body");
    });
}

TEST_CASE("odd peers: UNIMPLEMENTED for an open or a channel request is a refusal")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        connection c = co_await client_at(server);
        server->on_message = [](bent_peer& p, byte_view) { p.unimplemented(); };
        const failure open = co_await failure_of(c.open_channel("x@sshoal.test"));
        CHECK(open.code() == errc::channel_open_refused);
        CHECK(open.context().find("does not implement") != std::string::npos);
        serve_sessions(*server, [](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_request)
                p.unimplemented();
        });
        const failure exec = co_await failure_of(c.run("true"));
        CHECK(exec.code() == errc::request_refused);
        CHECK(c.is_open());
    });
}

TEST_CASE("odd peers: a server that does not know a log-in method is asked for another; without the service it is said")
{
    const std::uint8_t unknown = GENERATE(number::service_request, number::userauth_request);
    run_test([unknown]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        std::vector<std::string> methods;
        server->during_log_in = [&](bent_peer& p, byte_view m) {
            std::string method;
            if (number_of(m) == number::userauth_request) {
                method = std::string(msg::userauth_request::decode(m).value().method);
                methods.push_back(method);
            }
            if (number_of(m) != unknown || method == "password")
                return false;
            p.unimplemented();
            return true;
        };
        auto ask = [](std::string, unsigned) -> awaitable<std::optional<std::string>> {
            co_return std::optional<std::string>("right");
        };
        const client_options options = client_setup().password(ask);
        const failure f = co_await failure_of(client_at(server, options));
        if (unknown == number::service_request) {
            CHECK(f.code() == errc::authentication_failed);
            CHECK(f.context().find("ssh-userauth") != std::string::npos);
        } else {
            CHECK_FALSE(f);
            CHECK(methods == names("publickey", "keyboard-interactive", "password"));
        }
    });
}

TEST_CASE("odd peers: output or an exit status is the answer to requests that were not answered")
{
    const bool data_first = GENERATE(true, false);
    run_test([data_first]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        connection c = co_await client_at(server);
        serve_sessions(*server, [data_first](bent_peer& p, byte_view m) {
            if (number_of(m) != number::channel_request || request_type(m) != "exec")
                return;
            if (data_first)
                say_data(p, 0, "hello\n");
            say_exit(p, 0, 3);
            p.say(short_message(number::channel_eof));
            p.say(short_message(number::channel_close));
        });
        const run_result done = co_await c.run("anything");
        CHECK(done.out == (data_first ? "hello\n" : ""));
        CHECK(done.exit.status == 3u);
    });
}

TEST_CASE("odd peers: a shell whose requests are not answered is there when it speaks, and late answers are its own")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        connection c = co_await client_at(server);
        serve_sessions(*server, [](bent_peer& p, byte_view m) {
            if (number_of(m) != number::channel_request)
                return;
            if (request_type(m) == "shell")
                say_data(p, 0, "$ ");
            if (request_type(m) == "break") {
                p.say(short_message(number::channel_success)); // of pty-req
                p.say(short_message(number::channel_success)); // of shell
                p.say(short_message(number::channel_failure)); // of break
            }
        });
        const process_options with_terminal = process_options().pty(terminal());
        process p = co_await c.start_shell(with_terminal);
        char prompt[8] = {};
        const std::size_t n = co_await p.out().read_some(std::span(prompt));
        CHECK(std::string(prompt, n) == "$ ");
        const bool broken = co_await p.send_break();
        CHECK_FALSE(broken);
    });
}

TEST_CASE("odd peers: limits::reply_timeout ends the wait for an answer, and says for which")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        server->sends_ext_info = false;
        limits l;
        l.reply_timeout = std::chrono::milliseconds(20);
        const client_options options = client_setup().limits(l);
        connection c = co_await client_at(server, options);
        server->on_message = [](bent_peer&, byte_view) {};
        const failure open = co_await failure_of(c.open_channel("x@sshoal.test"));
        CHECK(open.code() == errc::timed_out);
        const failure global = co_await failure_of(c.request("question@sshoal.test"));
        CHECK(global.code() == errc::timed_out);
        CHECK(global.context() == "no answer to \"question@sshoal.test\" within 20 ms");
        const failure ping = co_await failure_of(c.ping());
        CHECK(ping.code() == errc::timed_out);
        serve_sessions(*server, [](bent_peer&, byte_view) {});
        const failure exec = co_await failure_of(c.run("true"));
        CHECK(exec.code() == errc::timed_out);
        CHECK(exec.context() == "no answer to \"exec\" within 20 ms");
        // Late answers find that nobody waits, and belong to nobody else.
        server->on_message = [](bent_peer& p, byte_view) {
            for (int late = 0; late < 2; ++late)
                p.say(bytes{std::byte(number::request_failure)});
            p.say(msg::request_success());
        };
        const auto granted = co_await c.request("answered@sshoal.test");
        CHECK(granted.has_value());
    });
}

TEST_CASE("odd peers: log-in messages behind the log-in change nothing, and a banner is shown")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        std::vector<std::string> banners;
        const client_options options = client_setup().on_banner([&](std::string_view text) { banners.emplace_back(text); });
        connection c = co_await client_at(server, options);
        msg::userauth_failure refused;
        msg::userauth_banner banner;
        banner.text = "good day\n";
        server->say(wire::encoded(refused));
        server->say(bytes{std::byte(number::userauth_success)});
        server->say(bytes{std::byte(60), std::byte(1)});
        server->say(wire::encoded(banner));
        server->say(bytes{std::byte(number::debug), std::byte(1)}); // cut short
        server->say(bytes{std::byte(number::ignore)});
        server->say(short_message(number::channel_success, 99)); // of a channel that is not there any more
        msg::channel_window_adjust adjust;
        adjust.recipient = 99;
        adjust.bytes = 1;
        server->say(adjust);
        server->on_message = [](bent_peer& p, byte_view) { p.say(msg::request_success()); };
        const auto reply = co_await c.request("still there");
        CHECK(reply.has_value());
        REQUIRE(banners.size() == 1);
        CHECK(banners[0] == "good day\n");
    });
}

TEST_CASE("odd peers: one that sends nothing but odd messages is dropped")
{
    const unsigned how_many = GENERATE(9u, 10u, 11u);
    const int kind = GENERATE(0, 1, 2, 3);
    run_test([how_many, kind]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        limits l;
        l.max_odd_messages = 10;
        const client_options options = client_setup().limits(l);
        connection c = co_await client_at(server, options);
        msg::unimplemented of_nothing;
        of_nothing.sequence = 0xdeadbeef;
        const bytes odd[] = {bytes{std::byte(number::userauth_success)}, wire::encoded(of_nothing),
                             short_message(number::channel_success, 99), bytes{std::byte(number::request_failure)}};
        for (int round = 0; round < 3; ++round) { // what makes sense begins the count anew
            for (unsigned i = 0; i < how_many; ++i)
                server->say(odd[kind]);
            msg::global_request fine;
            fine.name = "x";
            server->say(fine);
        }
        co_await settle();
        co_await settle();
        CHECK(c.is_open() == (how_many <= 10));
        if (!c.is_open()) {
            const failure why = co_await c.wait_closed();
            CHECK(why.code() == errc::protocol_error);
        }
    });
}

TEST_CASE("odd peers: PK_OK may name another algorithm of the key; one about another key costs that key only")
{
    const int how = GENERATE(0, 1, 2);
    run_test([how]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        int queries = 0, signatures = 0;
        server->during_log_in = [&](bent_peer& p, byte_view m) {
            if (number_of(m) != number::userauth_request)
                return false;
            const auto request = msg::userauth_request::decode(m).value();
            if (request.method != "publickey")
                return false;
            const auto shown = msg::auth_publickey::decode(request.rest).value();
            if (shown.has_signature)
                return ++signatures, false;
            ++queries;
            p.wire().set_phase(transport::phase::auth_busy);
            msg::userauth_pk_ok ok;
            ok.algorithm = how == 0 && shown.algorithm.starts_with("rsa") ? "ssh-rsa" : shown.algorithm;
            ok.key = shown.key;
            const std::string_view wrong = "another key";
            if (queries == 1 && how == 1)
                ok.key = view_of(wrong);
            p.say(queries == 1 && how == 2 ? bytes{std::byte(60), std::byte(9)} : wire::encoded(ok));
            return true;
        };
        static const private_key rsa = private_key::generate(key_type::rsa, 2048).value();
        const client_options options = keyless_setup().key(rsa).key(user_key());
        const failure f = co_await failure_of(client_at(server, options));
        CHECK_FALSE(f);
        CHECK(queries == (how == 0 ? 1 : 2));
        CHECK(signatures == 1);
    });
}

} // namespace rig
