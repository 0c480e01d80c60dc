// Sessions through the public interface: programs, their surroundings, their events and their end; and hostile requests.
#include "rig.hpp"

#include "session_bodies.hpp"
#include "wire/terminal_modes.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace rig;
namespace msg = sshoal::wire::msg;

namespace {

std::vector<std::pair<std::uint8_t, std::uint32_t>> some_modes()
{
    return {{std::uint8_t(1), 3u}, {std::uint8_t(53), 0u}, {std::uint8_t(128), 38'400u}};
}

std::string in_one_line(const std::vector<std::pair<std::string, std::string>>& env)
{
    std::string line;
    for (const auto& [name, value] : env)
        line += name + "=" + value + " ";
    return line;
}

std::vector<std::byte> pty_body(std::string_view term, std::uint32_t columns, byte_view modes)
{
    msg::pty_req m;
    m.term = term;
    m.columns = columns;
    m.rows = 0xffffffff;
    m.modes = modes;
    return wire::encoded(m);
}

} // namespace

TEST_CASE("a command is served by code of the application, with output, stderr and exit status")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, [](server_session s, session_request q) -> awaitable<void> {
            CHECK(q.what == session_request::kind::exec);
            CHECK(q.connection().user() == "tester");
            co_await s.write("ran " + q.command);
            co_await s.write_error("warned");
            co_await s.exit(7);
        });
        const run_result r = co_await p.client.run("uname -a");
        CHECK(r.out == "ran uname -a");
        CHECK(r.err == "warned");
        CHECK(r.exit.status == 7u);
    });
}

TEST_CASE("a million bytes are echoed unchanged")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, echo);
        std::string text;
        for (unsigned i = 0; text.size() < 1'000'000; ++i)
            text += std::to_string(i) + ' ';
        const run_result r = co_await p.client.run("cat", run_options().input(text));
        CHECK(r.out == text);
        CHECK(r.ok());
    });
}

TEST_CASE("a program can end by a signal, and only its first end counts")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, [](server_session s, session_request) -> awaitable<void> {
            co_await s.exit_signal("SEGV", true, "core dumped");
            co_await s.exit(0);
        });
        const run_result r = co_await p.client.run("crash");
        CHECK(!r.exit.status);
        CHECK(r.exit.signal == "SEGV");
        CHECK(r.exit.core_dumped);
        CHECK(r.exit.message == "core dumped");
    });
}

TEST_CASE("environment variables are taken only as the options say")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup().accept_env(names("LANG", "LC_*", "*_X", "LD_SPECIAL")).max_env(4));
        channel c = co_await p.client.open_channel("session");
        bool granted = co_await c.request("env", env_body("LANG", "C"));
        CHECK(granted);
        for (const std::string& refused : names("PATH", "lang", "", "LD_X", "LC_A=B")) {
            granted = co_await c.request("env", env_body(refused, "v"));
            CHECK(!granted);
        }
        granted = co_await c.request("env", env_body(std::string_view("LC_\0", 4), "v"));
        CHECK(!granted);
        granted = co_await c.request("env", env_body("LC_ALL", std::string_view("a\0b", 3)));
        CHECK(!granted);
        granted = co_await c.request("env", env_body("LC_ALL", std::string(300 * 1024 / 2, 'x')));
        CHECK(granted);
        granted = co_await c.request("env", env_body("LC_TIME", std::string(300 * 1024 / 2, 'x')));
        CHECK(!granted);
        granted = co_await c.request("env", env_body("LC_ALL", "de"));
        CHECK(granted);
        granted = co_await c.request("env", env_body("LD_SPECIAL", "1"));
        CHECK(granted);
        granted = co_await c.request("env", env_body("A_X", "2"));
        CHECK(granted);
        granted = co_await c.request("env", env_body("B_X", "3"));
        CHECK(!granted);
        co_await c.notify("exec", exec_body("env"));
        const std::optional<session_request> q = co_await p.server.next_session();
        REQUIRE(q);
        CHECK(in_one_line(q->env) == "LANG=C LC_ALL=de LD_SPECIAL=1 A_X=2 ");
    });
}

TEST_CASE("terminal, window changes, signals and breaks reach the program")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        terminal t("xterm-256color", {132, 43, 800, 600});
        t.modes = some_modes();
        std::vector<session_event> events;
        std::optional<session_request> asked;
        auto server_side = [&]() -> awaitable<void> {
            asked = co_await p.server.next_session();
            server_session s = asked->accept();
            for (;;) {
                const std::optional<session_event> e = co_await s.next_event();
                if (!e)
                    break;
                events.push_back(*e);
                if (e->what == session_event::kind::send_break)
                    co_await s.exit(0);
            }
        };
        auto client_side = [&]() -> awaitable<void> {
            process shell = co_await p.client.start_shell(process_options().pty(t));
            const terminal_size first{100, 50, 1, 2};
            const terminal_size second{101, 51, 0, 0xffffffff};
            co_await shell.resize(first);
            co_await shell.resize(second);
            co_await shell.signal("INT");
            const bool done = co_await shell.send_break(std::chrono::milliseconds(250));
            CHECK(done);
            const exit_info e = co_await shell.wait();
            CHECK(e.ok());
        };
        auto meeting = both(asio::co_spawn(p.server.get_executor(), server_side(), asio::use_awaitable), client_side());
        co_await std::move(meeting);
        CHECK(asked->what == session_request::kind::shell);
        REQUIRE(asked->pty);
        CHECK(asked->pty->type == "xterm-256color");
        CHECK(asked->pty->size.columns == 132);
        CHECK(asked->pty->modes == t.modes);
        REQUIRE(events.size() == 3);
        CHECK(events[0].what == session_event::kind::window_change);
        CHECK(events[0].size.columns == 101);
        CHECK(events[0].size.rows == 51);
        CHECK(events[0].size.height_pixels == 65'535);
        CHECK(events[1].signal == "INT");
        CHECK(events[2].length == std::chrono::milliseconds(250));
    });
}

TEST_CASE("hostile terminals are refused or cut to size")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel c = co_await p.client.open_channel("session");
        bytes modes;
        bool granted = co_await c.request("window-change", std::vector<std::byte>(16));
        CHECK(!granted);
        granted = co_await c.request("pty-req", pty_body(std::string(64 * 1024 / 4, 'x'), 80, modes));
        CHECK(!granted);
        granted = co_await c.request("pty-req", pty_body("xterm\n", 80, modes));
        CHECK(!granted);
        modes.resize(3, std::byte(1)); // cut inside an argument
        granted = co_await c.request("pty-req", pty_body("xterm", 80, modes));
        CHECK(!granted);
        granted = co_await c.request("pty-req", bytes_of("rubbish"));
        CHECK(!granted);
        modes.clear();
        for (int i = 0; i < 10'000; ++i) {
            modes.push_back(std::byte(i % 159 + 1));
            modes.resize(modes.size() + 4);
        }
        granted = co_await c.request("pty-req", pty_body("xterm", 0, modes));
        CHECK(granted);
        granted = co_await c.request("pty-req", pty_body("xterm", 80, {}));
        CHECK(!granted); // one is enough
        for (const std::string& type :
             names("x11-req", "auth-agent-req@openssh.com", "eow@openssh.com", "keepalive@openssh.com", "nonsense")) {
            granted = co_await c.request(type);
            CHECK(!granted);
        }
        co_await c.notify("shell");
        const std::optional<session_request> q = co_await p.server.next_session();
        REQUIRE(q);
        CHECK(q->pty->size.columns == 0);
        CHECK(q->pty->size.rows == 65'535);
        CHECK(q->pty->modes.size() <= 256);
    });
}

TEST_CASE("there is one program in a channel")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected(server_setup().max_command(1000));
        channel c = co_await p.client.open_channel("session");
        bool granted = co_await c.request("exec", exec_body(std::string(1001, 'x')));
        CHECK(!granted);
        granted = co_await c.request("exec", exec_body(std::string_view("a\0b", 3)));
        CHECK(!granted);
        granted = co_await c.request("subsystem", exec_body(""));
        CHECK(!granted);
        granted = co_await c.request("shell", bytes_of("more"));
        CHECK(!granted);
        co_await c.notify("exec", exec_body(std::string(1000, 'x')));
        granted = co_await c.request("exec", exec_body("second"));
        CHECK(!granted);
        std::optional<session_request> q = co_await p.server.next_session();
        REQUIRE(q);
        CHECK(q->command.size() == 1000);
        server_session s = q->accept();
        CHECK(bool(s));
        CHECK(!q->accept()); // decided
        granted = co_await c.request("shell");
        CHECK(!granted);
        granted = co_await c.request("env", env_body("LANG", "C"));
        CHECK(!granted);
    });
}

TEST_CASE("a refused program leaves its channel free for another")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        auto server_side = [&]() -> awaitable<void> {
            std::optional<session_request> q = co_await p.server.next_session();
            CHECK(q->what == session_request::kind::subsystem);
            q->refuse();
            q.reset();
            q = co_await p.server.next_session();
            CHECK(q->command == "dropped");
            q.reset();
            q = co_await p.server.next_session();
            CHECK(q->command == "third");
            server_session s = q->accept();
            co_await s.exit(3);
        };
        spawn(p.server, server_side());
        channel c = co_await p.client.open_channel("session");
        bool granted = co_await c.request("subsystem", exec_body("sftp"));
        CHECK(!granted);
        granted = co_await c.request("exec", exec_body("dropped"));
        CHECK(!granted);
        granted = co_await c.request("exec", exec_body("third"));
        CHECK(granted);
        co_await c.wait_closed();
    });
}

TEST_CASE("a refused start is an error for the client")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        auto refuse_all = [](server_connection c) -> awaitable<void> {
            for (;;) {
                std::optional<session_request> q = co_await c.next_session();
                if (!q)
                    break;
                q->refuse();
            }
        };
        spawn(p.server, refuse_all(p.server));
        const failure f = co_await failure_of(p.client.start_subsystem("sftp"));
        CHECK(f.code() == errc::request_refused);
        const failure again = co_await failure_of(p.client.run("x"));
        CHECK(again.code() == errc::request_refused);
    });
}

TEST_CASE("two programs run beside each other")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, echo);
        process a = co_await p.client.start("a");
        process b = co_await p.client.start("b");
        co_await b.in().write("to b");
        co_await a.in().write("to a");
        co_await a.in().send_eof();
        const std::string from_a = co_await read_all(a.io());
        CHECK(from_a == "to a");
        co_await b.in().send_eof();
        const std::string from_b = co_await read_all(b.io());
        CHECK(from_b == "to b");
        const exit_info ended = co_await b.wait();
        CHECK(ended.ok());
    });
}

TEST_CASE("events are bounded, and window changes replace one another")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel c = co_await p.client.open_channel("session");
        bool granted = co_await c.request("pty-req", pty_body("xterm", 80, {}));
        CHECK(granted);
        co_await c.notify("shell");
        for (unsigned i = 0; i < 1000; ++i) {
            msg::window_change w;
            w.columns = i;
            co_await c.notify("window-change", wire::encoded(w));
            msg::signal s;
            s.signal_name = "USR1";
            co_await c.notify("signal", wire::encoded(s));
        }
        msg::signal huge;
        const std::string name(1000, 'A');
        huge.signal_name = name;
        co_await c.notify("signal", wire::encoded(huge));
        granted = co_await c.request("break", std::vector<std::byte>(4));
        CHECK(!granted); // 64 wait
        std::optional<session_request> q = co_await p.server.next_session();
        server_session s = q->accept();
        c.close();
        std::size_t signals = 0, changes = 0;
        std::uint32_t columns = 0;
        for (;;) {
            const std::optional<session_event> e = co_await s.next_event();
            if (!e)
                break;
            if (e->what == session_event::kind::window_change) {
                ++changes;
                columns = e->size.columns;
            } else {
                ++signals;
            }
        }
        CHECK(changes == 1);
        CHECK(columns == 999);
        CHECK(signals == 63);
    });
}
