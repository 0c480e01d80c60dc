// Servers that refuse a terminal.
#include "bent_peer.hpp"

namespace rig {
namespace {

/// Refuses pty-req, and runs everything: says "ran" and ends with status 3.
std::shared_ptr<bent_peer> server_without_terminals()
{
    const auto server = bent_peer::make(role::server);
    server->on_message = [](bent_peer& p, byte_view payload) {
        const auto number_of = std::to_integer<std::uint8_t>(payload[0]);
        if (number_of == number::channel_open)
            confirm_open(p, payload);
        if (number_of != number::channel_request)
            return;
        const std::uint32_t us = 0; // the client's number of its first channel
        if (request_type(payload) == "pty-req") {
            msg::channel_failure no;
            no.recipient = us;
            return p.say(no);
        }
        msg::channel_success yes;
        yes.recipient = us;
        p.say(yes);
        msg::channel_data data;
        data.recipient = us;
        const bytes text = copy_of(view_of("ran"));
        data.data = text;
        p.say(data);
        msg::exit_status status;
        status.status = 3;
        const bytes body = wire::encoded(status);
        msg::channel_request end;
        end.recipient = us;
        end.type = msg::exit_status::name;
        end.rest = body;
        p.say(end);
        msg::channel_close close;
        close.recipient = us;
        p.say(close);
    };
    return server;
}

TEST_CASE("odd peers: a terminal that is optional may be refused, and the shell runs without it")
{
    run_test([]() -> awaitable<void> {
        const auto server = server_without_terminals();
        connection c = co_await client_at(server);
        process_options how;
        how.optional_pty(terminal("vt100"));
        process p = co_await c.start_shell(how);
        CHECK_FALSE(p.has_terminal());
        const std::string out = co_await p.out().read_all();
        CHECK(out == "ran");
        const exit_info end = co_await p.wait();
        CHECK(end.status == 3u);
    });
}

TEST_CASE("odd peers: a terminal that is not optional ends the start where it is refused, and the connection goes on")
{
    run_test([]() -> awaitable<void> {
        const auto server = server_without_terminals();
        connection c = co_await client_at(server);
        process_options how;
        how.optional_pty(terminal("vt100")).pty(terminal("vt100")); // the last word counts
        error_code why;
        try {
            (void)co_await c.start("true", how);
        } catch (const error& e) {
            why = e.code();
        }
        CHECK(why == errc::request_refused);
        CHECK_FALSE(process().has_terminal());
        CHECK_FALSE(server->gone());
    });
}

} // namespace
} // namespace rig
