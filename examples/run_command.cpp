// run_command USER@HOST COMMAND - runs one command with the keys of the agent and the usual known_hosts, and exits with its status.
#include <sshoal/client.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace sshoal;

int main(int argc, char** argv)
{
    const std::string target = argc > 1 ? argv[1] : "";
    const auto at = target.find('@');
    if (argc < 3 || at == std::string::npos) {
        std::cerr << "usage: run_command USER@HOST COMMAND\n";
        return 2;
    }
    int status = 255;
    try {
        run([&]() -> awaitable<void> {
            auto options = client_options().user(target.substr(0, at)).known_hosts_default().agent();
            auto conn = co_await connect(target.substr(at + 1), options);
            auto done = co_await conn.run(argv[2]);
            std::cout << done.out;
            std::cerr << done.err;
            status = done.exit.status ? int(*done.exit.status) : 255;
        });
    } catch (const error& e) {
        std::cerr << "run_command: " << e.what() << '\n';
    }
    return status;
}
