// run_command USER HOST PORT COMMAND - runs one command and exits with its status.
#include <sshoal/client.hpp>

#include <iostream>

sshoal::awaitable<int> run_command(std::string user, std::string host, std::uint16_t port, std::string command)
{
    auto options = sshoal::client_options().user(user).port(port).known_hosts_default().agent().identity_default();
    sshoal::connection conn = co_await sshoal::connect(host, options);
    sshoal::run_result done = co_await conn.run(command);
    std::cout << done.out;
    std::cerr << done.err;
    co_return done.exit.code();
}

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::cerr << "usage: run_command USER HOST PORT COMMAND\n";
        return 2;
    }
    try {
        return sshoal::run([&] { return run_command(argv[1], argv[2], std::uint16_t(std::stoi(argv[3])), argv[4]); });
    } catch (const std::exception& e) {
        std::cerr << "run_command: " << e.what() << '\n';
        return 255;
    }
}
