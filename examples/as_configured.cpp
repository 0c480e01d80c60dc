// as_configured HOST COMMAND - does what "ssh HOST COMMAND" does: user, port, keys, jump hosts and the rest come from ~/.ssh/config.
//
// The commands of "Match exec" are not run here. A host that is not known yet is asked about.
#include <sshoal/client.hpp>
#include <sshoal/ssh_config.hpp>

#include <iostream>

using namespace sshoal;

namespace {

awaitable<bool> is_trusted(host_identity server)
{
    std::cout << server.host << " shows the key " << server.key.fingerprint() << ". Is that right (yes/no)? " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    co_return answer == "yes";
}

awaitable<int> run_there(std::string host, std::string command)
{
    auto options = client_options::from_user_config(config_answers().forbid_exec(), is_trusted);
    connection conn = co_await connect(host, options);
    run_result done = co_await conn.run(command);
    std::cout << done.out;
    std::cerr << done.err;
    co_return done.exit.code();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: as_configured HOST COMMAND\n";
        return 2;
    }
    try {
        return run([&] { return run_there(argv[1], argv[2]); });
    } catch (const std::exception& e) {
        std::cerr << "as_configured: " << e.what() << '\n';
        return 255;
    }
}
