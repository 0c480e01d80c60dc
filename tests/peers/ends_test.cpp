// How programs and connections end: in every order in which some server does.
#include "bent_peer.hpp"

#include "wire/transport_messages.hpp"

namespace rig {
namespace {

void act(bent_peer& p, char step)
{
    switch (step) {
    case 'd': {
        msg::channel_data m;
        m.data = view_of(std::string_view("output\n"));
        p.say(m);
        break;
    }
    case 's': {
        const bytes body = wire::encoded(msg::exit_status{5});
        msg::channel_request m;
        m.type = msg::exit_status::name;
        m.rest = body;
        p.say(m);
        break;
    }
    case 'e': p.say(short_message(number::channel_eof)); break;
    case 'c': p.say(short_message(number::channel_close)); break;
    case 'D': {
        msg::disconnect m;
        m.reason = 11;
        m.description = "that was it";
        p.say(m);
        break;
    }
    case 'x': p.hang_up(); break;
    default: break;
    }
}

} // namespace

// d data, s exit status, e EOF, c CLOSE, D DISCONNECT, x the stream ends.
TEST_CASE("odd peers: run() keeps the output and the status, whatever comes last")
{
    const std::string order = GENERATE(as<std::string>(), "dsec", "desc", "dsc", "dec", "dse", "dsx", "dsD", "dsex", "desx",
                                       "desD", "dscx", "decx", "dex", "dcx", "sdec", "dx", "dD");
    run_test([order]() -> awaitable<void> {
        INFO(order);
        const auto server = bent_peer::make(role::server);
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open)
                confirm_open(p, m);
            if (number_of(m) != number::channel_request)
                return;
            p.say(short_message(number::channel_success));
            for (const char step : order)
                act(p, step);
            if (order.find_first_of("cxD") == std::string::npos)
                p.hang_up();
        };
        connection c = co_await client_at(server);
        run_result done;
        failure f;
        try {
            done = co_await c.run("anything");
        } catch (const error& e) {
            f = failure(e.code(), e.context());
        }
        const bool known = order.find('s') != std::string::npos;
        const bool complete = known || order.find_first_of("ec") != std::string::npos;
        CHECK(bool(f) == !complete);
        if (complete) {
            CHECK(done.out == "output\n");
            CHECK(done.exit.status.has_value() == known);
            CHECK(done.exit.code() == (known ? 5 : 255));
        } else {
            CHECK(f.code() == (order.back() == 'D' ? errc::disconnected : errc::connection_lost));
        }
    });
}

TEST_CASE("an exit status that a program cannot have is never 0")
{
    exit_info e;
    CHECK(e.code() == 255);
    for (const auto& [status, code] :
         {std::pair(0u, 0), {1u, 1}, {254u, 254}, {255u, 255}, {256u, 255}, {512u, 255}, {~0u, 255}}) {
        e.status = status;
        CHECK(e.code() == code);
    }
    e.status.reset();
    e.signal = "TERM";
    CHECK(e.code() == 255);
}

TEST_CASE("odd peers: a session that is refused right behind a CLOSE of ours is asked for once more")
{
    run_test([]() -> awaitable<void> {
        const auto server = bent_peer::make(role::server);
        bool counted = false; // a session that was closed counts until the next message
        int refused = 0;
        std::uint32_t last = 0;
        server->on_message = [&](bent_peer& p, byte_view m) {
            const std::uint8_t n = number_of(m);
            if (n == number::channel_open) {
                last = msg::channel_open::decode(m).value().sender;
                if (std::exchange(counted, false)) {
                    ++refused;
                    msg::channel_open_failure no;
                    no.recipient = last;
                    no.reason = 2;
                    no.description = "open failed";
                    p.say(no);
                } else {
                    confirm_open(p, m);
                }
            } else if (n == number::channel_request) {
                for (const std::uint8_t answer : {number::channel_success, number::channel_eof, number::channel_close}) {
                    bytes out;
                    wire::writer(out).u8(answer).u32(last);
                    p.say(out);
                }
            } else if (n == number::channel_close) {
                counted = true;
            }
        };
        connection c = co_await client_at(server);
        for (int i = 0; i < 50; ++i)
            co_await c.run("true");
        CHECK(refused == 49);
        // Without a CLOSE before it a refusal stands.
        server->on_message = [&](bent_peer& p, byte_view m) {
            if (number_of(m) != number::channel_open)
                return;
            ++refused;
            msg::channel_open_failure no;
            no.recipient = msg::channel_open::decode(m).value().sender;
            no.reason = 2;
            p.say(no);
        };
        refused = 0;
        const failure first = co_await failure_of(c.run("true"));
        CHECK(first.code() == errc::channel_open_refused);
        CHECK(refused == 2);
        const failure second = co_await failure_of(c.run("true"));
        CHECK(second.code() == errc::channel_open_refused);
        CHECK(refused == 3);
    });
}

TEST_CASE("what is too long for a message is an error of the call, and the connection is as good as before")
{
    run_test([]() -> awaitable<void> {
        limits l;
        l.max_message = 1000;
        const client_options options = client_setup().limits(l);
        const auto server = bent_peer::make(role::server);
        server->on_message = [](bent_peer& p, byte_view m) {
            if (number_of(m) == number::channel_open)
                confirm_open(p, m);
            else if (number_of(m) == number::global_request)
                p.say(msg::request_success());
            else if (number_of(m) == number::channel_request)
                for (const std::uint8_t answer : {number::channel_success, number::channel_close})
                    p.say([&] {
                        bytes out;
                        wire::writer(out).u8(answer).u32(msg::channel_request::decode(m).value().recipient - 7);
                        return out;
                    }());
        };
        connection c = co_await client_at(server, options);
        // number, length and name of the request, want reply
        const std::size_t global_fields = 1 + 4 + 1 + 1;
        for (const std::size_t size : {std::size_t(999), std::size_t(1000), std::size_t(1001)}) {
            INFO(size);
            std::vector<std::byte> body(size - global_fields);
            const failure f = co_await failure_of(c.request("x", std::move(body)));
            CHECK(bool(f) == (size > 1000));
            if (f) {
                CHECK(f.code() == errc::message_too_long);
                CHECK(f.context() == "the global request \"x\" is 1001 bytes long, and limits::max_message is 1000");
            }
        }
        const failure open = co_await failure_of(c.open_channel(std::string(2000, 't')));
        CHECK(open.code() == errc::message_too_long);
        const failure tcp = co_await failure_of(c.open_tcp(std::string(2000, 'h'), 22));
        CHECK(tcp.code() == errc::message_too_long);
        const failure notice = co_await failure_of(c.notify("x", std::vector<std::byte>(2000)));
        CHECK(notice.code() == errc::message_too_long);
        const failure exec = co_await failure_of(c.run(std::string(2000, 'c')));
        CHECK(exec.code() == errc::message_too_long);
        const run_options large_variable = run_options().env("A", std::string(2000, 'v'));
        const failure env = co_await failure_of(c.run("true", large_variable));
        CHECK(env.code() == errc::message_too_long);
        const auto reply = co_await c.request("x");
        CHECK(reply.has_value());
    });
}

TEST_CASE("a peer that goes without answering a message longer than 35,000 bytes: the error says that it need not take it")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t size : {std::size_t(30'000), std::size_t(40'000)}) {
            const auto server = bent_peer::make(role::server);
            connection c = co_await client_at(server);
            server->on_message = [](bent_peer& p, byte_view) { p.hang_up(); };
            const failure f = co_await failure_of(c.request("x", std::vector<std::byte>(size)));
            CHECK(f.code() == errc::connection_lost);
            CHECK((f.context().find("35000") != std::string::npos) == (size > 35'000));
        }
    });
}

} // namespace rig
