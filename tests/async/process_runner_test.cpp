// run_program(): programs of the operating system behind sessions - streams, terminals, signals, identities, and every way to
// end.
#include "rig.hpp"

#include "sshoal/process_runner.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace rig;

namespace {

awaitable<void> serve_all(server_connection c, program_options o)
{
    while (true) {
        std::optional<session_request> q = co_await c.next_session();
        if (!q)
            break;
        spawn(c, run_program(std::move(*q), o));
    }
}

program_options plain()
{
    return program_options().shell("/bin/sh");
}

/// A pair whose server runs what it is asked for.
awaitable<pair> running(program_options o = plain())
{
    pair p = co_await connected();
    spawn(p.server, serve_all(p.server, std::move(o)));
    co_return p;
}

awaitable<run_result> result_of(std::string command, program_options o = plain(), std::string input = {})
{
    pair p = co_await running(std::move(o));
    run_options how;
    how.input(std::move(input));
    run_result r = co_await p.client.run(std::move(command), how);
    co_return r;
}

/// The number that a program writes first.
awaitable<int> first_number(process p)
{
    std::string text;
    std::vector<std::byte> buffer(64);
    while (text.find('\n') == std::string::npos) {
        const std::size_t n = co_await p.out().read_some(buffer);
        if (n == 0)
            break;
        text.append(reinterpret_cast<const char*>(buffer.data()), n);
    }
    co_return text.empty() ? -1 : std::stoi(text);
}

/// Not even a zombie is left.
bool is_gone(int pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

awaitable<bool> goes_within(int pid, std::chrono::milliseconds most)
{
    const auto end = std::chrono::steady_clock::now() + most;
    while (!is_gone(pid) && std::chrono::steady_clock::now() < end)
        co_await pause_for(std::chrono::milliseconds(10));
    co_return is_gone(pid);
}

} // namespace

TEST_CASE("a program's output, stderr and exit status reach the client")
{
    run_test([]() -> awaitable<void> {
        run_result r = co_await result_of("echo out; echo err >&2; exit 3");
        CHECK(r.out == "out\n");
        CHECK(r.err == "err\n");
        CHECK(r.exit.status == 3u);
    });
}

TEST_CASE("a program reads what the client sends, to the end of file")
{
    run_test([]() -> awaitable<void> {
        std::string much;
        while (much.size() < 3'000'000)
            much += "line " + std::to_string(much.size()) + '\n';
        run_result r = co_await result_of("cat", plain(), much);
        CHECK(r.out == much);
        CHECK(r.ok());
    });
}

TEST_CASE("limits::channel_timeout is not for a program that waits for its client's input")
{
    run_test([]() -> awaitable<void> {
        limits l;
        l.channel_timeout = std::chrono::milliseconds(20);
        pair p = co_await connected(server_setup().limits(l));
        spawn(p.server, serve_all(p.server, plain()));
        process cat = co_await p.client.start("cat");
        co_await pause_for(std::chrono::milliseconds(100));
        co_await cat.io().write("late\n");
        const std::optional<std::string> line = co_await cat.out().read_line();
        CHECK(line == "late");
    });
}

TEST_CASE("input that a program does not want stops nothing and raises no SIGPIPE")
{
    run_test([]() -> awaitable<void> {
        run_result r = co_await result_of("exec <&-; echo deaf; exit 4", plain(), std::string(3'000'000, 'x'));
        CHECK(r.out == "deaf\n");
        CHECK(r.exit.status == 4u);
    });
}

TEST_CASE("a program has descriptors 0, 1 and 2, standard signals, its own session, and the server's environment")
{
    run_test([]() -> awaitable<void> {
        program_options o = plain();
        o.peer(endpoint("192.0.2.1", 40022), endpoint("192.0.2.2", 22)).env("EXTRA", "more");
        // grep looks at itself: the shell blocks signals for a moment while it waits for a child.
        run_result r = co_await result_of(
            "ls /proc/$$/fd; grep -E 'SigBlk|SigIgn' /proc/self/status; ps -o sid= -p $$ | tr -d ' '; echo $$; "
            "echo \"$SSH_CONNECTION|$SSH_CLIENT|$EXTRA|$HOME|$SSH_TTY\"",
            o);
        CHECK(r.out.starts_with("0\n1\n2\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
        CHECK(r.out.find("192.0.2.1 40022 192.0.2.2 22|192.0.2.1 40022 22|more|") != std::string::npos);
        const auto numbers = r.out.substr(r.out.rfind("0000\n") + 5);
        const auto first = numbers.substr(0, numbers.find('\n'));
        CHECK(numbers.starts_with(first + '\n' + first + '\n'));
    });
}

TEST_CASE("T61 no pattern lets a client say what only the server knows, also where the server does not say it")
{
    run_test([]() -> awaitable<void> {
        std::vector<std::string> all{"*"};
        pair p = co_await connected(server_setup().accept_env(std::move(all)));
        program_options o = plain();
        spawn(p.server, serve_all(p.server, std::move(o)));
        run_options how;
        for (const char* name : {"HOME", "PATH", "USER", "LOGNAME", "SHELL", "MAIL", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY",
                                 "SSH_ORIGINAL_COMMAND", "SSH_USER_AUTH", "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"})
            how.env(name, "forged");
        how.env("MINE", "taken");
        run_result r = co_await p.client.run("env", how);
        CHECK(r.out.find("MINE=taken") != std::string::npos);
        CHECK(r.out.find("=forged") == std::string::npos);
    });
}

TEST_CASE("a signal that ends a program is named, whoever sent it")
{
    run_test([]() -> awaitable<void> {
        run_result r = co_await result_of("kill -TERM $$");
        CHECK_FALSE(r.exit.status);
        CHECK(r.exit.signal == "TERM");

        pair p = co_await running();
        process sleeper = co_await p.client.start("echo $$; exec sleep 1000");
        const int pid = co_await first_number(sleeper);
        REQUIRE(pid > 1);
        co_await sleeper.signal("NOSUCH");
        co_await sleeper.signal("USR1");
        exit_info how = co_await sleeper.wait();
        CHECK(how.signal == "USR1");
        CHECK(is_gone(pid));
    });
}

TEST_CASE("a forced command replaces what was asked for and cannot be signalled")
{
    run_test([]() -> awaitable<void> {
        program_options o = plain();
        o.command("echo \"forced, not $SSH_ORIGINAL_COMMAND\"; sleep 0.3; echo done");
        pair p = co_await running(o);
        process forced = co_await p.client.start("rm -rf x");
        co_await forced.signal("KILL");
        std::string text = co_await read_all(forced.io());
        CHECK(text == "forced, not rm -rf x\ndone\n");
        exit_info how = co_await forced.wait();
        CHECK(how.ok());
    });
}

TEST_CASE("subsystems are the server's commands; unknown ones are refused")
{
    run_test([]() -> awaitable<void> {
        program_options o = plain();
        o.subsystem("shout", "tr a-z A-Z");
        pair p = co_await running(o);
        process shout = co_await p.client.start_subsystem("shout");
        co_await shout.in().write("hello");
        co_await shout.in().send_eof();
        std::string text = co_await read_all(shout.io());
        CHECK(text == "HELLO");
        failure refused = co_await failure_of(p.client.start_subsystem("whisper"));
        CHECK(refused.code() == errc::request_refused);
    });
}

TEST_CASE("a program with a terminal sees it, its size and its modes, and end of file")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await running();
        terminal t("vt100", terminal_size{100, 30, 0, 0});
        t.modes.emplace_back(std::uint8_t(53), 0u); // ECHO off
        process_options how;
        how.pty(t);
        const std::string script
            = "test -t 0 && test -t 2 && echo $TERM $SSH_TTY; stty size; echo ready >&2; read x; stty size; cat; exit 5";
        process shell = co_await p.client.start(script, how);
        std::string text;
        std::vector<std::byte> buffer(4096);
        bool told = false;
        for (;;) {
            const std::size_t n = co_await shell.out().read_some(buffer);
            if (n == 0)
                break;
            text.append(reinterpret_cast<const char*>(buffer.data()), n);
            if (!told && text.find("ready") != std::string::npos) {
                told = true;
                terminal_size larger{120, 40, 0, 0};
                co_await shell.resize(larger);
                co_await shell.in().write("go\nlast words");
                co_await shell.in().send_eof();
            }
        }
        CHECK(text.starts_with("vt100 /dev/pts/"));
        CHECK(text.find("30 100\r\nready\r\n40 120\r\nlast words") != std::string::npos);
        exit_info exit = co_await shell.wait();
        CHECK(exit.status == 5u);
    });
}

TEST_CASE("the session lasts until background programs have let go of its output")
{
    run_test([]() -> awaitable<void> {
        run_result r = co_await result_of("(sleep 0.5; echo late) & echo early");
        CHECK(r.out == "early\nlate\n");
        CHECK(r.ok());
    });
}

TEST_CASE("output that has ended is told while the program goes on")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await running();
        process quiet = co_await p.client.start("exec >&- 2>&-; sleep 0.5; exit 6");
        std::string text = co_await read_all(quiet.io());
        CHECK(text.empty());
        CHECK_FALSE(quiet.exit().status);
        exit_info how = co_await quiet.wait();
        CHECK(how.status == 6u);
    });
}

TEST_CASE("end_with_client(): a client that goes ends its program: SIGHUP to all of it, and it is reaped")
{
    run_test([]() -> awaitable<void> {
        program_options o = plain();
        o.end_with_client();
        pair p = co_await running(o);
        process one = co_await p.client.start("echo $$; sleep 1000; echo never");
        process two = co_await p.client.start("echo $$; exec sleep 1000");
        const int first = co_await first_number(one);
        const int second = co_await first_number(two);
        REQUIRE(first > 1);
        REQUIRE(second > 1);
        one.io().close();
        CHECK(co_await goes_within(first, std::chrono::seconds(4)));
        CHECK_FALSE(is_gone(second));
        p.client.close();
        CHECK(co_await goes_within(second, std::chrono::seconds(4)));
    });
}

TEST_CASE("a cancelled run_program() kills and reaps its program")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        asio::cancellation_signal stop;
        bool aborted = false;
        process sleeper;
        auto start = [&]() -> awaitable<void> {
            sleeper = co_await p.client.start("trap '' HUP; echo $$; while :; do sleep 1; done");
        };
        asio::co_spawn(p.client.get_executor(), start(), [](std::exception_ptr) {});
        std::optional<session_request> q = co_await p.server.next_session();
        asio::co_spawn(p.server.get_executor(), run_program(std::move(*q), plain()),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e) { aborted = bool(e); }));
        while (!sleeper)
            co_await pause_for(std::chrono::milliseconds(5));
        const int pid = co_await first_number(sleeper);
        REQUIRE(pid > 1);
        stop.emit(asio::cancellation_type::terminal);
        CHECK(co_await goes_within(pid, std::chrono::seconds(3)));
        CHECK(aborted);
    });
}

TEST_CASE("what cannot be started says why and exits with 255")
{
    run_test([]() -> awaitable<void> {
        run_result no_shell = co_await result_of("true", program_options().shell("/nonexistent/shell"));
        CHECK(no_shell.exit.status == 255u);
        CHECK(no_shell.err.find("/nonexistent/shell") != std::string::npos);

        program_options elsewhere = plain();
        elsewhere.directory("/nonexistent/folder");
        run_result no_folder = co_await result_of("true", elsewhere);
        CHECK(no_folder.exit.status == 255u);
        CHECK(no_folder.err.find("/nonexistent/folder") != std::string::npos);

        run_result no_user = co_await result_of("true", plain().user("no-such-user-here"));
        CHECK(no_user.exit.status == 255u);
        CHECK(no_user.err.find("no-such-user-here") != std::string::npos);
    });
}

TEST_CASE("process runner T82: without descriptors a program is not started, nothing is signalled, and the next one works")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await running();
        struct ::rlimit before = {};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        const int next = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
        REQUIRE(next >= 3);
        ::close(next);
        struct ::rlimit tight = before;
        for (int room = 0; room < 8; ++room) {
            tight.rlim_cur = static_cast<::rlim_t>(next + room);
            REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
            run_result r = co_await p.client.run("true");
            ::setrlimit(RLIMIT_NOFILE, &before);
            CHECK(r.exit.status == 255u);
            CHECK_FALSE(r.err.empty());
        }
        run_result after = co_await p.client.run("echo fine");
        CHECK(after.out == "fine\n");
    });
}

TEST_CASE("root's server runs programs as the user, and the user cannot become root again")
{
    const struct ::passwd* nobody = ::getpwnam("nobody");
    if (::geteuid() != 0 || nobody == nullptr) {
        WARN("SKIPPED: needs root and an account \"nobody\"");
        return;
    }
    run_test([id = std::to_string(nobody->pw_uid)]() -> awaitable<void> {
        run_result r = co_await result_of("id -u; id -un; echo $USER; grep -E '^(Uid|Gid|Groups)' /proc/self/status",
                                          plain().user("nobody"));
        CHECK(r.out.starts_with(id + "\nnobody\nnobody\nUid:\t" + id + "\t" + id + "\t" + id + "\t" + id + "\n"));
        CHECK(r.ok());
    });
}

TEST_CASE("a program outlives the io_context only where it may outlive its client, and is reaped all the same")
{
    const bool may_live = GENERATE(false, true);
    int pid = -1;
    {
        asio::io_context ctx(1);
        auto body = [&]() -> awaitable<void> {
            program_options o = plain();
            if (!may_live)
                o.end_with_client();
            pair p = co_await running(o);
            process sleeper = co_await p.client.start("trap '' HUP; echo $$; while :; do sleep 1; done");
            pid = co_await first_number(sleeper);
            ctx.stop();
            co_await pause_for(std::chrono::seconds(60));
        };
        spawn(ctx, body());
        ctx.run();
    }
    REQUIRE(pid > 1);
    CHECK(is_gone(pid) == !may_live);
    if (!may_live)
        return;
    ::kill(-pid, SIGKILL);
    while (!is_gone(pid)) // a zombie would be there for ever
        ::usleep(1000);
}
