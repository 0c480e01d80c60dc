// fleet COMMAND USER@HOST... - runs a command on many hosts, five at a time, and shows each line with its host in front.
#include <sshoal/client.hpp>
#include <sshoal/task.hpp>

#include <iostream>

using namespace sshoal;

awaitable<void> visit(login_target host, std::string command)
{
    try {
        auto options = client_options().known_hosts_default().identities({}).timeout(std::chrono::seconds(20));
        connection c = co_await connect(host, options);
        process p = co_await c.start(command, process_options().merge_stderr());
        line_reader lines = p.out().lines();
        while (std::optional<std::string> line = co_await lines.next())
            std::cout << host << ": " << *line << '\n';
        const exit_info end = co_await p.wait();
        if (end.code() != 0)
            std::cout << host << ": " << end.describe() << '\n';
    } catch (const error& e) {
        std::cout << host << ": " << e.what() << '\n';
    }
}

awaitable<void> visit_all(std::string command, std::vector<std::string> hosts)
{
    task_group all(co_await asio::this_coro::executor, 5);
    for (const std::string& host : hosts)
        co_await all.start_when_free(visit(parse_target(host).value(), command));
    co_await all.join();
}

int main(int argc, char** argv)
{
    if (argc < 3)
        return std::cerr << "usage: fleet COMMAND USER@HOST...\n", 2;
    run([&] { return visit_all(argv[1], std::vector<std::string>(argv + 2, argv + argc)); });
}
