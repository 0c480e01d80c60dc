// monitor COMMAND USER@HOST... - runs a command on every host every five seconds and says when an answer changes. Connections
// stay open and are made anew where they are lost; a host with another key, or that lets nobody in, is given up.
#include <sshoal/client.hpp>
#include <sshoal/task.hpp>

#include <iostream>

using namespace sshoal;
using namespace std::chrono_literals;

awaitable<void> watch(login_target host, std::string command)
{
    auto options = client_options().known_hosts_default().identities({}).keepalive(2s, 2).timeout(10s);
    auto limit = run_options().deadline(5s).merge_stderr();
    std::string last;
    auto say = [&](const std::string& now) {
        if (std::exchange(last, now) != now)
            std::cout << host << ": " << now << std::endl;
    };
    for (auto pause = 250ms;; pause = std::min(pause * 2, std::chrono::milliseconds(30s))) {
        try {
            connection c = co_await connect(host, options);
            for (pause = 250ms;; co_await sleep_for(5s)) {
                const run_result r = co_await c.run(command, limit);
                say(r.ok() ? r.out.substr(0, r.out.find_last_not_of('\n') + 1) : r.exit.describe());
            }
        } catch (const error& e) {
            say(e.what());
            if (!may_retry(e))
                throw std::runtime_error("a host is given up");
        }
        co_await sleep_for(pause);
    }
}

awaitable<void> watch_all(std::string command, std::vector<std::string> hosts)
{
    task_group all(co_await asio::this_coro::executor, 0, task_group::on_failure::go_on);
    for (const std::string& host : hosts)
        all.start(watch(parse_target(host).value(), command));
    (void)co_await first_of(all.join(), termination());
}

int main(int argc, char** argv)
try {
    if (argc < 3)
        return std::cerr << "usage: monitor COMMAND USER@HOST...\n", 2;
    run([&] { return watch_all(argv[1], std::vector<std::string>(argv + 2, argv + argc)); });
} catch (const std::exception& e) {
    return std::cerr << "monitor: " << e.what() << '\n', 1;
}
