// Messages at a time, or of a size, that RFC 4254 does not have: routers, file servers and old libraries send them, and OpenSSH's
// programs go on.
#include "bent_peer.hpp"

#include "wire/transport_messages.hpp"

namespace rig {
namespace {

/// The number of the client's channel that was opened last.
struct last_channel {
    std::uint32_t id = 0;
    void note(byte_view open) { id = msg::channel_open::decode(open).value().sender; }
};

} // namespace

TEST_CASE("odd peers: data, EOF, requests and credit behind EOF and CLOSE are passed over")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        last_channel at;
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open) {
                at.note(m);
                confirm_open(p, m);
            } else if (number_of(m) == number::channel_request) {
                p.say(short_message(number::channel_success, at.id));
                say_data(p, at.id, "output\n");
                p.say(short_message(number::channel_eof, at.id));
                say_data(p, at.id, "more");
                p.say(short_message(number::channel_eof, at.id));
                say_exit(p, at.id, 5);
                say_data(p, at.id, "and more");
                p.say(short_message(number::channel_close, at.id));
                say_data(p, at.id, "still more");
                say_request(p, at.id, "keepalive@openssh.com", true);
                say_exit(p, at.id, 6);
                p.say(short_message(number::channel_eof, at.id));
                p.say(short_message(number::channel_close, at.id));
            }
        };
        connection c = co_await client_at(server);
        for (int i = 0; i < 3; ++i) {
            const run_result done = co_await c.run("anything");
            CHECK(done.out == "output\n");
            CHECK(done.exit.code() == 5);
        }
        CHECK(server->count(number::channel_failure) == 0); // nobody knows by what number the server calls the channel
    });
}

TEST_CASE("odd peers: what comes before the confirmation of a channel is passed over")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        last_channel at;
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open) {
                at.note(m);
                say_request(p, at.id, "hello@example.test", false);
                say_request(p, at.id, "hello@example.test", true);
                msg::channel_window_adjust credit;
                credit.recipient = at.id;
                credit.bytes = 7;
                p.say(credit);
                say_data(p, at.id, "too early");
                confirm_open(p, m);
            } else if (number_of(m) == number::channel_request) {
                p.say(short_message(number::channel_success, at.id));
                say_data(p, at.id, "in time");
                say_exit(p, at.id, 0);
                p.say(short_message(number::channel_close, at.id));
            }
        };
        connection c = co_await client_at(server);
        const run_result done = co_await c.run("anything");
        CHECK(done.out == "in time");
        CHECK(done.ok());
    });
}

TEST_CASE("odd peers: a server that confirms with a largest packet of zero gets input in small packets")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        last_channel at;
        std::string input;
        std::size_t longest = 0;
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open) {
                at.note(m);
                msg::channel_open_confirmation yes;
                yes.recipient = at.id;
                yes.sender = 3;
                yes.window = 1 << 20;
                p.say(yes);
            } else if (number_of(m) == number::channel_request) {
                p.say(short_message(number::channel_success, at.id));
            } else if (number_of(m) == number::channel_data) {
                const auto d = msg::channel_data::decode(m);
                longest = std::max(longest, d.value().data.size());
                input += sshoal::text_of(d.value().data);
            } else if (number_of(m) == number::channel_eof) {
                say_data(p, at.id, "got it");
                say_exit(p, at.id, 0);
                p.say(short_message(number::channel_close, at.id));
            }
        };
        connection c = co_await client_at(server);
        const run_options options = run_options().input(std::string(10'000, 'i'));
        const run_result done = co_await c.run("cat", options);
        CHECK(done.out == "got it");
        CHECK(input.size() == 10'000);
        CHECK(longest == 1024);
    });
}

TEST_CASE("odd peers: packets longer than announced, and a window that is overstepped a little")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        limits l;
        l.initial_window = l.max_window = 100'000;
        l.max_data = 10'000;
        const client_options options = client_setup().limits(l);
        last_channel at;
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open) {
                at.note(m);
                confirm_open(p, m);
            } else if (number_of(m) == number::channel_request) {
                p.say(short_message(number::channel_success, at.id));
                const std::string packet(11'000, 'p'); // ten are the whole window and its tenth
                for (int i = 0; i < 10; ++i)
                    say_data(p, at.id, packet);
                say_exit(p, at.id, 0);
                p.say(short_message(number::channel_close, at.id));
            }
        };
        connection c = co_await client_at(server, options);
        const run_result done = co_await c.run("anything");
        CHECK(done.out.size() == 110'000);
        CHECK(done.ok());
    });
}

TEST_CASE("odd peers: exec refused and then answered after all is refused, and the connection is as good as before")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        last_channel at;
        bool refuses = true;
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open) {
                at.note(m);
                confirm_open(p, m);
            } else if (number_of(m) == number::channel_request) {
                p.say(short_message(refuses ? number::channel_failure : number::channel_success, at.id));
                say_data(p, at.id, "output\n");
                say_exit(p, at.id, 0);
                p.say(short_message(number::channel_eof, at.id));
                p.say(short_message(number::channel_close, at.id));
            }
        };
        connection c = co_await client_at(server);
        const failure f = co_await failure_of(c.run("/export"));
        CHECK(f.code() == errc::request_refused);
        refuses = false;
        const run_result done = co_await c.run("/export");
        CHECK(done.out == "output\n");
    });
}

TEST_CASE("odd peers: a device that takes the end of input for the end of the session answers where the input stays open")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        last_channel at;
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open) {
                at.note(m);
                confirm_open(p, m);
            } else if (number_of(m) == number::channel_request) {
                p.say(short_message(number::channel_success, at.id));
            } else if (number_of(m) == number::channel_data) {
                say_data(p, at.id, "answer\n");
                say_exit(p, at.id, 0);
                p.say(short_message(number::channel_close, at.id));
            } else if (number_of(m) == number::channel_eof) {
                p.say(short_message(number::channel_close, at.id));
            }
        };
        connection c = co_await client_at(server);
        const run_result nothing = co_await c.run("show version"); // its input is empty, and says so
        CHECK(nothing.out.empty());
        process p = co_await c.start("");
        co_await p.in().write("show version\n");
        const std::string answer = co_await p.out().read_all();
        CHECK(answer == "answer\n");
        const exit_info end = co_await p.wait();
        CHECK(end.ok());
        CHECK(server->count(number::channel_eof) == 1);
    });
}

TEST_CASE("odd peers: a keepalive that is answered with SUCCESS is answered")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        server->sends_ext_info = false; // so that ping() is a global request
        server->on_message = [](bent_peer& p, byte_view m) {
            if (number_of(m) == number::global_request)
                p.say(msg::request_success());
        };
        connection c = co_await client_at(server);
        for (int i = 0; i < 3; ++i)
            co_await c.ping();
        CHECK(server->count(number::global_request) == 3);
    });
}

TEST_CASE("odd peers: signals by any name")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        last_channel at;
        std::string name;
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open) {
                at.note(m);
                confirm_open(p, m);
            } else if (number_of(m) == number::channel_request) {
                p.say(short_message(number::channel_success, at.id));
                msg::exit_signal how;
                how.signal_name = name;
                const bytes body = wire::encoded(how);
                say_request(p, at.id, msg::exit_signal::name, false, body);
                p.say(short_message(number::channel_close, at.id));
            }
        };
        connection c = co_await client_at(server);
        for (const auto& [said, shown] :
             {std::pair<std::string, std::string>{"TERM", "killed by SIGTERM"},
              {"SIG@openssh.com", "killed by signal SIG@openssh.com"},
              {"RTMIN+3", "killed by SIGRTMIN+3"},
              {"15", "killed by SIG15"},
              {"a\x1b[2Jb", "killed by SIGa"},
              {"", "ended without saying how"}}) {
            name = said;
            const run_result done = co_await c.run("anything");
            INFO(done.exit.describe());
            CHECK(done.exit.describe().starts_with(shown));
            CHECK(done.exit.describe().find('\x1b') == std::string::npos);
            CHECK(done.exit.code() == 255);
        }
    });
}

TEST_CASE("odd peers: EXT_INFO behind an IGNORE, twice, and in the middle of the log-in")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        server->sends_ext_info = false;
        const auto ext_info = [](bent_peer& p) {
            msg::ext_info m;
            m.extensions.push_back({"server-sig-algs", view_of(std::string_view("rsa-sha2-512"))});
            p.say(m);
        };
        server->during_log_in = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::service_request) {
                p.say(msg::ignore());
                ext_info(p);
                ext_info(p);
            }
            if (number_of(m) == number::userauth_request)
                ext_info(p);
            return false;
        };
        connection c = co_await client_at(server);
        CHECK(c.info().user == "tester");
    });
}

} // namespace rig
