// How programs end that a server runs, when their client closes the channel or goes before they do.
#include "bent_peer.hpp"

#include "sshoal/process_runner.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <signal.h>

namespace rig {
namespace {

/// A client that runs this command; on what comes behind the answer it does as the test wants.
std::shared_ptr<bent_peer> client_that_runs(std::string command, bool terminal, std::function<void(bent_peer&, byte_view)> then)
{
    const auto client = bent_peer::make(role::client);
    client->on_logged_in = [](bent_peer& p) {
        msg::channel_open m;
        m.type = "session";
        m.sender = 3;
        m.window = 1 << 20;
        m.max_packet = 32768;
        p.say(m);
    };
    client->on_message = [command, terminal, then](bent_peer& p, byte_view m) {
        if (number_of(m) == number::channel_open_confirmation) {
            if (terminal) {
                msg::pty_req t;
                t.term = "vt100";
                t.modes = view_of(std::string_view("\0", 1));
                const bytes body = wire::encoded(t);
                say_request(p, 0, msg::pty_req::name, true, body);
            }
            msg::exec e;
            e.command = command;
            const bytes body = wire::encoded(e);
            say_request(p, 0, msg::exec::name, true, body);
        } else {
            then(p, m);
        }
    };
    return client;
}

void say_close(bent_peer& p)
{
    bytes m;
    wire::writer(m).u8(number::channel_close).u32(0);
    p.say(m);
}

awaitable<void> serve_all(server_connection c, program_options o)
{
    for (;;) {
        std::optional<session_request> q = co_await c.next_session();
        if (!q)
            break;
        spawn(c, run_program(std::move(*q), o));
    }
}

program_options plain() { return program_options().shell("/bin/sh"); }

/// Until the client has hung up.
awaitable<void> serve_until_gone(std::shared_ptr<bent_peer> client, program_options o)
{
    server_connection c = co_await server_for(std::move(client), password_setup());
    co_await serve_all(c, std::move(o));
    (void)co_await c.wait_closed();
}

bool is_gone(int pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

/// A test's end, not its outcome, hangs on the time: run_test() ends one that waits for ever.
awaitable<void> until_gone(int pid)
{
    while (!is_gone(pid))
        co_await pause_for(std::chrono::milliseconds(5));
}

std::string data_of(byte_view m)
{
    return number_of(m) == number::channel_data ? text_of(copy_of(msg::channel_data::decode(m).value().data)) : std::string();
}

std::set<std::string> open_descriptors()
{
    std::set<std::string> all;
    for (const auto& e : std::filesystem::directory_iterator("/proc/self/fd"))
        all.insert(e.path().filename().string());
    return all;
}

} // namespace

TEST_CASE("odd peers: a client's CLOSE while the program runs ends its input, and its status goes before our CLOSE")
{
    run_test([]() -> awaitable<void> {
        std::string order;
        std::uint32_t status = 0;
        std::string typed;
        // The program goes on only when its input has ended, so the CLOSE was there before.
        const auto client = client_that_runs(
            "n=$(wc -c); trap '' PIPE; echo dropped; exit $n", false, [&](bent_peer& p, byte_view m) {
                switch (number_of(m)) {
                case number::channel_success:
                    say_data(p, 0, "12345");
                    say_close(p);
                    break;
                case number::channel_data: order += 'd'; break;
                case number::channel_eof: order += 'e'; break;
                case number::channel_request: {
                    const auto r = msg::channel_request::decode(m);
                    order += r.value().type == "exit-status" ? 's' : '?';
                    if (const auto s = msg::exit_status::decode(r.value().rest))
                        status = s->status;
                    break;
                }
                case number::channel_close:
                    order += 'c';
                    p.hang_up();
                    break;
                default: break;
                }
            });
        co_await serve_until_gone(client, plain());
        CHECK(order == "sc");
        CHECK(status == 5u);
    });
}

TEST_CASE("a session whose client has closed it counts until its program has ended, and no longer")
{
    run_test([]() -> awaitable<void> {
        int round = 0, refused = 0;
        const auto open_one = [](bent_peer& p) {
            msg::channel_open o;
            o.type = "session";
            o.sender = 3;
            o.window = 1 << 20;
            o.max_packet = 32768;
            p.say(o);
        };
        const auto client = client_that_runs("cat >/dev/null; exit 0", false, [&](bent_peer& p, byte_view m) {
            switch (number_of(m)) {
            case number::channel_success:
                open_one(p); // one too many
                break;
            case number::channel_open_failure:
                ++refused;
                say_close(p);
                break;
            case number::channel_close:
                if (++round < 20)
                    open_one(p);
                else
                    p.hang_up();
                break;
            default: break;
            }
        });
        server_connection c = co_await server_for(client, password_setup().max_sessions(1));
        co_await serve_all(c, plain());
        CHECK(round == 20);
        CHECK(refused == 20);
    });
}

TEST_CASE("a lost connection leaves a program without a terminal alone, and it is reaped, with no descriptor left")
{
    run_test([]() -> awaitable<void> {
        temporary_folder folder;
        const std::string go = folder.path / "go", done = folder.path / "done";
        const auto before = open_descriptors();
        int pid = 0;
        const std::string command = "echo $$; while ! test -e " + go + "; do sleep 0.01; done; echo lived > " + done;
        const auto client = client_that_runs(command, false, [&](bent_peer& p, byte_view m) {
            if (const std::string text = data_of(m); !text.empty()) {
                pid = std::stoi(text);
                p.hang_up();
            }
        });
        co_await serve_until_gone(client, plain());
        REQUIRE(pid > 1);
        CHECK_FALSE(is_gone(pid));
        std::ofstream(go) << "go";
        co_await until_gone(pid); // gone altogether: no zombie
        std::string word;
        std::ifstream(done) >> word;
        CHECK(word == "lived");
        CHECK(open_descriptors() == before);
    });
}

TEST_CASE("a lost connection hangs up a program with a terminal, unless it ignores that")
{
    run_test([]() -> awaitable<void> {
        temporary_folder folder;
        const std::string go = folder.path / "go", done = folder.path / "done";
        const std::string loop = "echo $$; while ! test -e " + go + "; do sleep 0.01; done; echo lived > " + done;
        for (const bool deaf : {false, true}) {
            int pid = 0;
            const std::string command = (deaf ? "trap '' HUP; " : "") + loop;
            const auto client = client_that_runs(command, true, [&](bent_peer& p, byte_view m) {
                if (const std::string text = data_of(m); !text.empty()) {
                    pid = std::stoi(text);
                    p.hang_up();
                }
            });
            co_await serve_until_gone(client, plain());
            REQUIRE(pid > 1);
            if (deaf)
                std::ofstream(go) << "go";
            co_await until_gone(pid);
            CHECK(std::filesystem::exists(done) == deaf);
        }
    });
}

TEST_CASE("end_with_client() hangs up every program, and kills it when its patience is over")
{
    run_test([]() -> awaitable<void> {
        for (const bool deaf : {false, true}) {
            int pid = 0;
            const std::string command = std::string(deaf ? "trap '' HUP; " : "") + "echo $$; while :; do sleep 1; done";
            const auto client = client_that_runs(command, false, [&](bent_peer& p, byte_view m) {
                if (const std::string text = data_of(m); !text.empty()) {
                    pid = std::stoi(text);
                    p.hang_up();
                }
            });
            program_options o = plain();
            o.end_with_client(deaf ? std::chrono::milliseconds(50) : std::chrono::milliseconds(3'600'000));
            co_await serve_until_gone(client, o);
            REQUIRE(pid > 1);
            co_await until_gone(pid);
        }
    });
}

} // namespace rig
