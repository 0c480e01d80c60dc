// run_command USER HOST PORT COMMAND - runs one command and exits with its status.
#include <sshoal/client.hpp>

#include <iostream>

sshoal::awaitable<void> run_command(std::string user, std::string host, std::uint16_t port, std::string command, int& status)
{
    auto options = sshoal::client_options().user(user).port(port).known_hosts_default().agent().identity_default();
    sshoal::connection conn = co_await sshoal::connect(host, options);
    sshoal::run_result done = co_await conn.run(command);
    std::cout << done.out;
    std::cerr << done.err;
    status = int(done.exit.status.value_or(255));
}

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::cerr << "usage: run_command USER HOST PORT COMMAND\n";
        return 2;
    }
    int status = 255;
    try {
        sshoal::run([&] { return run_command(argv[1], argv[2], std::uint16_t(std::stoi(argv[3])), argv[4], status); });
    } catch (const std::exception& e) {
        std::cerr << "run_command: " << e.what() << '\n';
    }
    return status;
}
