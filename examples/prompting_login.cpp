// prompting_login USER@HOST[:PORT] COMMAND - logs in with typed text: a password, or the answers to the server's questions
// (keyboard-interactive). It also asks about a server that is not known yet, and remembers the answer.
//
// Every question is a coroutine. These read the terminal and so hold up the thread; a program with a user interface would await
// that.
#include "target.hpp"

#include <iostream>

#include <termios.h>
#include <unistd.h>

using namespace sshoal;

namespace {

std::optional<std::string> ask_terminal(const std::string& prompt, bool echo)
{
    std::cerr << prompt << std::flush;
    ::termios before{};
    const bool hide = !echo && ::tcgetattr(0, &before) == 0;
    if (hide) {
        ::termios quiet = before;
        quiet.c_lflag &= ~static_cast<::tcflag_t>(ECHO | ISIG); // Ctrl-C and Ctrl-Z would leave the terminal without echo
        ::tcsetattr(0, TCSAFLUSH, &quiet);
    }
    std::string line;
    const bool typed = bool(std::getline(std::cin, line));
    if (hide) {
        ::tcsetattr(0, TCSAFLUSH, &before);
        std::cerr << '\n';
    }
    return typed ? std::optional(line) : std::nullopt;
}

// connect() asks again after a wrong password, until this function returns nothing or the server has had enough.
awaitable<std::optional<std::string>> password(std::string prompt, unsigned attempt)
{
    if (attempt > 0)
        std::cerr << "That was not it.\n";
    co_return ask_terminal(prompt, false);
}

awaitable<std::optional<std::vector<std::string>>> dialogue(interactive_prompts asked)
{
    std::cerr << asked.name << (asked.name.empty() ? "" : "\n") << asked.instruction << (asked.instruction.empty() ? "" : "\n");
    std::vector<std::string> answers;
    for (const auto& p : asked.prompts) {
        auto answer = ask_terminal(p.text, p.echo);
        if (!answer)
            co_return std::nullopt;
        answers.push_back(*answer);
    }
    co_return answers;
}

awaitable<bool> unknown_server(host_identity server)
{
    std::cerr << server.host << " port " << server.port << " has the key " << server.key.fingerprint() << ".\n";
    co_return ask_terminal("Is that right (yes/no)? ", true) == "yes";
}

awaitable<void> log_in(target where, std::string command)
{
    auto options = where.options().password(password).interactive(dialogue);
    options.known_hosts_default(unknown_host::ask, unknown_server);
    connection conn = co_await connect(where.host(), options);
    run_result done = co_await conn.run(command);
    std::cout << done.out << done.err;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        if (argc == 3)
            run([&] { return log_in(target(argv[1]), argv[2]); });
        else
            std::cerr << "usage: prompting_login USER@HOST[:PORT] COMMAND\n";
    } catch (const std::exception& e) {
        std::cerr << "prompting_login: " << e.what() << '\n';
        return 255;
    }
}
