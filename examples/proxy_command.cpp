// proxy_command USER@HOST[:PORT] PROGRAM COMMAND - runs a command at a server to which a program of this machine leads, as ssh's
// ProxyCommand: proxy_command alice@example.org 'nc -X connect -x proxy:3128 example.org 22' uptime
#include <sshoal/child_program.hpp>
#include <sshoal/client.hpp>

#include <iostream>

using namespace sshoal;

awaitable<int> run_through(login_target host, std::string program, std::string command)
{
    auto line = child_command::shell("exec " + program);
    std::unique_ptr<byte_stream> stream = start_program(co_await asio::this_coro::executor, line);
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(std::move(stream), host, options);
    run_result done = co_await c.run(command);
    std::cout << done.out;
    std::cerr << done.err;
    co_return done.exit.code();
}

int main(int argc, char** argv)
try {
    if (argc != 4)
        return std::cerr << "usage: proxy_command USER@HOST[:PORT] PROGRAM COMMAND\n", 2;
    return run([&] { return run_through(parse_target(argv[1]).value(), argv[2], argv[3]); });
} catch (const std::exception& e) {
    return std::cerr << "proxy_command: " << e.what() << '\n', 255;
}
