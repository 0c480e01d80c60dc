// dispatch - reads lines "USER@HOST COMMAND" and runs each command on its host, twenty at a time:
//     printf '%s\n' 'alice@db uptime' 'alice@db df -h' 'bob@web uname -r' | dispatch
// Commands for the same host share connections, which are made when they are needed. A host that does not answer is tried three times.
#include <sshoal/connection_pool.hpp>
#include <sshoal/task.hpp>

#include <iostream>

using namespace sshoal;
using namespace std::chrono_literals;

awaitable<void> run_one(connection_pool pool, std::string host, std::string command)
{
    try {
        const run_result done = co_await pool.exec(parse_target(host).value(), command);
        std::cout << "-- " << host << ": " << command << '\n' << done.out << done.err;
        if (!done.exit.ok())
            std::cout << "-- " << done.exit.describe() << '\n';
    } catch (const error& e) {
        std::cout << "-- " << host << ": " << e.what() << '\n';
    }
}

awaitable<void> run_all(std::vector<std::pair<std::string, std::string>> jobs)
{
    const executor here = co_await asio::this_coro::executor;
    auto login = client_options().known_hosts_default().identities({});
    auto how = pool_options().max_connections(2).reconnect(reconnect_options().attempts(3).first_delay(100ms));
    connection_pool pool(here, login, how);
    task_group all(here, 20);
    for (auto& [host, command] : jobs)
        co_await all.start_when_free(run_one(pool, host, command));
    co_await all.join();
    pool.stop();
}

int main()
{
    std::vector<std::pair<std::string, std::string>> jobs;
    for (std::string line; std::getline(std::cin, line);)
        if (const std::size_t blank = line.find(' '); blank != std::string::npos)
            jobs.emplace_back(line.substr(0, blank), line.substr(blank + 1));
    run([&] { return run_all(jobs); });
}
