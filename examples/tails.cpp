// tails FILE USER@HOST... - follows a file on several hosts in one stream of lines, until SIGINT or the first host fails.
#include <sshoal/client.hpp>
#include <sshoal/shell_quote.hpp>
#include <sshoal/task.hpp>

#include <iostream>

using namespace sshoal;

awaitable<void> follow(login_target host, std::string file)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(host, options);
    process tail = co_await c.start("tail -F " + shell_quote(file));
    line_reader lines = tail.out().lines();
    while (std::optional<std::string> line = co_await lines.next())
        std::cout << host << ": " << *line << std::endl;
}

awaitable<void> follow_all(std::string file, std::vector<std::string> hosts)
{
    task_group all(co_await asio::this_coro::executor);
    for (const std::string& host : hosts)
        all.start(follow(parse_target(host).value(), file));
    (void)co_await first_of(all.join(), termination());
}

int main(int argc, char** argv)
{
    if (argc < 3)
        return std::cerr << "usage: tails FILE USER@HOST...\n", 2;
    try {
        run([&] { return follow_all(argv[1], std::vector<std::string>(argv + 2, argv + argc)); });
    } catch (const std::exception& e) {
        return std::cerr << "tails: " << e.what() << '\n', 1;
    }
}
