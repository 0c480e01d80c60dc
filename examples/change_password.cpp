// change_password USER@HOST - logs in with a password. If the server says that it has expired, a new one is asked for, twice; if
// the server takes that too, the user is logged in with it.
#include <sshoal/client.hpp>

#include <iostream>

#include <unistd.h>

using namespace sshoal;

std::optional<std::string> typed(const std::string& prompt)
{
    const char* line = ::getpass(prompt.c_str());
    return line && *line ? std::optional<std::string>(line) : std::nullopt;
}

awaitable<std::optional<std::string>> old_password(std::string prompt, unsigned attempt)
{
    if (attempt > 0)
        std::cerr << "That was not it.\n";
    co_return typed(prompt);
}

awaitable<std::optional<std::string>> new_password(std::string prompt, unsigned)
{
    std::cerr << prompt << '\n'; // the server's text
    for (;;) {
        const std::optional<std::string> first = typed("New password: ");
        if (!first || first == typed("Once more: "))
            co_return first;
        std::cerr << "These were two passwords.\n";
    }
}

awaitable<void> log_in(login_target host)
{
    auto options = client_options().known_hosts_default().password(old_password).new_password(new_password);
    connection c = co_await connect(host, options);
    std::cout << "logged in as " << c.info().user << '\n';
}

int main(int argc, char** argv)
try {
    if (argc != 2)
        return std::cerr << "usage: change_password USER@HOST\n", 2;
    run([&] { return log_in(parse_target(argv[1]).value()); });
} catch (const std::exception& e) {
    return std::cerr << "change_password: " << e.what() << '\n', 1;
}
