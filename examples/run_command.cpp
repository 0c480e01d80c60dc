// run_command USER@HOST[:PORT] COMMAND - runs one command with the keys of the agent and the usual known_hosts; exits with its status.
#include "target.hpp"

#include <iostream>

sshoal::awaitable<int> run_command(target where, std::string command)
{
    sshoal::connection conn = co_await sshoal::connect(where.host(), where.options());
    sshoal::run_result done = co_await conn.run(command);
    std::cout << done.out;
    std::cerr << done.err;
    co_return done.exit.status ? int(*done.exit.status) : 255;
}

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: run_command USER@HOST[:PORT] COMMAND\n";
        return 2;
    }
    int status = 255;
    try {
        sshoal::run([&]() -> sshoal::awaitable<void> { status = co_await run_command(target(argv[1]), argv[2]); });
    } catch (const std::exception& e) {
        std::cerr << "run_command: " << e.what() << '\n';
    }
    return status;
}
