// Accounts that programs run for: where they are looked up, and that nobody waits for somebody else's.
#include "rig.hpp"

#include "sshoal/process_runner.hpp"

#include <boost/asio/thread_pool.hpp>

#include <future>
#include <thread>

#include <unistd.h>

using namespace rig;

namespace {

/// This process's own account under any name.
system_account own_account(const std::string& name)
{
    system_account a;
    a.name = name;
    a.home = "/";
    a.shell = "/bin/sh";
    a.user_id = ::geteuid();
    a.group_id = ::getegid();
    a.groups.push_back(a.group_id);
    return a;
}

/// Sessions run for the account that their command begins with.
awaitable<void> serve_as_asked(server_connection c, program_options o)
{
    for (;;) {
        std::optional<session_request> q = co_await c.next_session();
        if (!q)
            break;
        program_options chosen = o;
        chosen.user(q->command.substr(0, q->command.find(' ')));
        chosen.command("echo $USER");
        spawn(c, run_program(std::move(*q), std::move(chosen)));
    }
}

awaitable<void> run_into(connection c, std::string command, std::string& out)
{
    run_result r = co_await c.run(std::move(command));
    out = r.out;
}

} // namespace

TEST_CASE("a slow look-up of one account holds up no other session, neither of another connection nor of the same")
{
    run_test([]() -> awaitable<void> {
        asio::thread_pool own(2);
        for (const bool with_own : {false, true}) {
            std::promise<void> release;
            auto released = release.get_future().share();
            auto begun = std::make_shared<std::atomic<bool>>(false);
            const auto here = std::this_thread::get_id();
            auto on_strand = std::make_shared<std::atomic<bool>>(false);
            program_options o;
            o.accounts([=](const std::string& name) -> std::optional<system_account> {
                if (std::this_thread::get_id() == here)
                    *on_strand = true;
                else if (name == "slow") {
                    *begun = true;
                    released.wait();
                }
                return own_account(name);
            });
            if (with_own)
                o.work_executor(own.get_executor());
            pair one = co_await connected();
            pair two = co_await connected();
            spawn(one.server, serve_as_asked(one.server, o));
            spawn(two.server, serve_as_asked(two.server, o));
            std::string slow;
            spawn(one.client, run_into(one.client, "slow x", slow));
            while (!*begun)
                co_await pause_for(std::chrono::milliseconds(1));
            run_result other = co_await two.client.run("quick x");
            CHECK(other.out == "quick\n");
            run_result same = co_await one.client.run("quick x");
            CHECK(same.out == "quick\n");
            CHECK(slow.empty());
            release.set_value();
            while (slow.empty())
                co_await pause_for(std::chrono::milliseconds(1));
            CHECK(slow == "slow\n");
            CHECK_FALSE(*on_strand);
        }
        own.join();
    });
}

TEST_CASE("an account that is not there, or cannot be looked up, is told to the client and the log")
{
    run_test([]() -> awaitable<void> {
        std::string log;
        pair p = co_await connected(server_setup().log([&](log_level l, std::string_view line) {
            if (l == log_level::warning)
                log += std::string(line) + '\n';
        }));
        program_options o;
        o.accounts([](const std::string& name) -> std::optional<system_account> {
            if (name == "broken")
                throw std::runtime_error("the directory does not answer");
            return std::nullopt;
        });
        spawn(p.server, serve_as_asked(p.server, o));
        run_result nobody = co_await p.client.run("nobody-here x");
        CHECK(nobody.exit.status == 255u);
        CHECK(nobody.err == "sshoal: there is no account nobody-here\n");
        run_result broken = co_await p.client.run("broken x");
        CHECK(broken.exit.status == 255u);
        CHECK(broken.err == "sshoal: account broken: the directory does not answer\n");
        CHECK(log.find("no program was started: there is no account nobody-here") != std::string::npos);
        CHECK(log.find("the directory does not answer") != std::string::npos);
    });
}
