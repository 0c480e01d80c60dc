// without_commands FILE HOST - shows where the name of a host leads by a configuration file that somebody else may have written.
//
// "Match exec" in such a file would run commands of its author, so that condition is an error here, and the hosts that it decides
// about are told apart from the others. ProxyCommand, KnownHostsCommand and LocalCommand are commands too: they are shown, and not run.
#include <sshoal/ssh_config.hpp>
#include <sshoal/task.hpp>

#include <iostream>

using namespace sshoal;

namespace {

void show(const ssh_settings& s)
{
    std::cout << s.host << " is " << s.user << '@' << s.host_name << " port " << s.port << '\n';
    for (const login_target& hop : s.jumps)
        std::cout << "  on the way: " << hop.host << '\n';
    for (const char* keyword : {"ProxyCommand", "KnownHostsCommand", "LocalCommand", "RemoteCommand"})
        if (const auto command = s.get(keyword)) {
            const auto place = s.place_of(keyword);
            std::cout << "  " << keyword << ' ' << *command << (place ? "  (" + place->to_string() + ')' : "") << '\n';
        }
}

awaitable<int> look_up(std::string file, std::string host)
{
    config_reading how;
    how.check_owner = true; // not a file that any other user than root could have changed
    const ssh_config config = ssh_config::load_file(file, how).value();
    try {
        const ssh_settings found = co_await config.lookup(host, config_answers().forbid_exec().only_to_show());
        show(found);
        co_return 0;
    } catch (const error& e) {
        if (e.code() != errc::bad_configuration)
            throw;
        std::cout << e.context() << '\n'; // the place in the file, and the command that was not run
        co_return 1;
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: without_commands FILE HOST\n";
        return 2;
    }
    try {
        return run([&] { return look_up(argv[1], argv[2]); });
    } catch (const std::exception& e) {
        std::cerr << "without_commands: " << e.what() << '\n';
        return 255;
    }
}
