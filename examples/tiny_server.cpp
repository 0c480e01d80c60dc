// tiny_server [PORT] - a server with a command interpreter of its own: no program of the operating system can be reached through
// it. It listens on 127.0.0.1; log in with the password that it prints:
//
//     ssh -p 2222 guest@127.0.0.1          a dialogue, with the keys and the history of a shell
//     ssh -p 2222 guest@127.0.0.1 date     one command
#include <sshoal/line_editor.hpp>
#include <sshoal/listener.hpp>

#include <ctime>
#include <iostream>

using namespace sshoal;

namespace {

// Returns: the output of a command.
std::string execute(const std::string& command, const server_connection& who)
{
    const auto info = who.info();
    if (command == "help")
        return "help, who, date, exit\n";
    if (command == "who")
        return who.user() + " from " + info.remote.to_string() + ", " + info.algorithms.cipher_in + ", "
               + std::to_string(who.stats().bytes_in) + " bytes in\n";
    const std::time_t now = std::time(nullptr);
    return command == "date" ? std::ctime(&now) : "no such command\n";
}

awaitable<void> serve_session(session_request request, server_connection who)
{
    server_session s = request.accept();
    line_editor user(s);
    if (request.what == session_request::kind::shell) {
        user.print("Welcome. Try \"help\".\n");
        while (std::optional<std::string> line = co_await user.read_line("> ")) {
            if (*line == "exit")
                break;
            user.print(execute(*line, who));
        }
    } else {
        user.print(execute(request.command, who));
    }
    co_await user.flush();
    co_await s.exit(0);
}

awaitable<void> serve(server_connection c)
{
    while (auto request = co_await c.next_session())
        spawn(c, serve_session(std::move(*request), c)); // a client that goes ends its own session, and the log tells
}

} // namespace

int main(int argc, char** argv)
{
    run([&](executor ex) -> awaitable<void> {
        const auto host_key = private_key::generate(key_type::ed25519).value(); // a real server keeps one in a file
        const std::string password = host_key.public_half().fingerprint().substr(7, 8);
        auto options = server_options().host_key(host_key).authenticator(authenticate_password("guest", password));
        options.log([](log_level, std::string_view line) { std::cout << line << std::endl; });
        listener l(ex, {"127.0.0.1", std::uint16_t(argc > 1 ? std::stoi(argv[1]) : 2222)}, options);
        std::cout << "user guest, password " << password << ", on " << l.local() << std::endl;
        for (;;) {
            auto c = co_await l.accept();
            spawn(c, serve(c));
        }
    });
}
