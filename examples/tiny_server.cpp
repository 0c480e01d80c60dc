// tiny_server [PORT] - a server with a command interpreter of its own: no program of the operating system can be reached through
// it. It listens on 127.0.0.1; log in with the password it prints:
//
//     ssh -p 2222 guest@127.0.0.1          a dialogue
//     ssh -p 2222 guest@127.0.0.1 date     one command
#include <sshoal/listener.hpp>

#include <ctime>
#include <iostream>

using namespace sshoal;

namespace {

// Returns: the output of a command; nothing if there is no such command.
std::optional<std::string> execute(const std::string& command, const server_connection& who)
{
    const auto info = who.info();
    if (command == "help")
        return "help, who, date, exit";
    if (command == "who")
        return who.user() + " from " + info.remote.to_string() + ", " + info.algorithms.cipher_in + ", "
                + std::to_string(who.stats().bytes_in) + " bytes in";
    if (command == "date") {
        const std::time_t now = std::time(nullptr);
        return std::string(std::ctime(&now), 24);
    }
    return std::nullopt;
}

// A client with a terminal sends every key by itself, and expects to see what it typed.
awaitable<void> dialogue(server_session s, server_connection who, bool terminal)
{
    const std::string line_end = terminal ? "\r\n" : "\n";
    std::string line;
    std::vector<char> buffer(256);
    co_await s.write("Welcome. Try \"help\"." + line_end + "> ");
    while (std::size_t n = co_await s.read_some(std::as_writable_bytes(std::span(buffer))))
        for (const char c : std::string_view(buffer.data(), n)) {
            std::string echo = terminal ? std::string(1, c) : "";
            if (c == '\r' || c == '\n') {
                if (line == "exit")
                    co_return;
                echo = (terminal ? line_end : "") + execute(line, who).value_or("no such command") + line_end + "> ";
                line.clear();
            } else if (line.size() < 200) {
                line += c;
            }
            co_await s.write(echo);
        }
}

awaitable<void> serve_session(session_request request, server_connection who)
{
    server_session s = request.accept();
    try {
        const auto answer = execute(request.command, who);
        if (request.what == session_request::kind::shell)
            co_await dialogue(s, who, request.pty.has_value());
        else
            co_await s.write(answer.value_or("no such command") + "\n");
        co_await s.exit(0);
    } catch (const error& e) {
        std::cout << "a session ended early: " << e.what() << '\n'; // a client that has gone must not end the server
    }
}

awaitable<void> serve(server_connection c)
{
    while (auto request = co_await c.next_session())
        spawn(c, serve_session(std::move(*request), c));
}

} // namespace

int main(int argc, char** argv)
{
    run([&](executor ex) -> awaitable<void> {
        const auto host_key = private_key::generate(key_type::ed25519).value(); // a real server keeps one in a file
        const std::string password = host_key.public_half().fingerprint().substr(7, 8);
        auto options = server_options().host_key(host_key).authenticator(authenticate_password("guest", password));
        options.log([](log_level, std::string_view line) { std::cout << line << '\n'; });
        listener l(ex, {"127.0.0.1", std::uint16_t(argc > 1 ? std::stoi(argv[1]) : 2222)}, options);
        std::cout << "user guest, password " << password << ", on " << l.local() << std::endl;
        for (;;) {
            auto c = co_await l.accept();
            spawn(c, serve(c));
        }
    });
}
