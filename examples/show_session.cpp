// show_session PORT HOST_KEY_FILE - a server that shows what it learns of its client: environment, terminal, and then every
// change of the window and every signal, until Ctrl-C or the end of the input. Try: ssh -p PORT -o SetEnv=COLOUR=red localhost
#include <sshoal/listener.hpp>
#include <sshoal/task.hpp>

#include <iostream>
#include <sstream>

using namespace sshoal;

std::string size_of(const terminal_size& s)
{
    return std::to_string(s.columns) + " columns, " + std::to_string(s.rows) + " rows";
}

awaitable<void> show_events(server_session s, std::string line_end)
{
    while (std::optional<session_event> e = co_await s.next_event()) {
        std::string text = "a break";
        if (e->what == session_event::kind::window_change)
            text = "window: " + size_of(e->size);
        else if (e->what == session_event::kind::signal)
            text = "signal: " + printable(e->signal);
        co_await s.write(text + line_end);
    }
}

awaitable<void> read_to_end(server_session s)
{
    char keys[64];
    while (std::size_t n = co_await s.read_some(keys))
        if (std::string_view(keys, n).find_first_of("\x03\x04") < n) // a terminal sends Ctrl-C and Ctrl-D as they are
            break;
}

awaitable<void> show(session_request request, connection_info client)
{
    const std::string line_end = request.pty ? "\r\n" : "\n";
    std::string text = "user: " + client.user + " from " + client.remote.to_string() + line_end
                       + "client: " + client.peer_identification + line_end;
    if (!request.command.empty())
        text += "command: " + printable(request.command) + line_end;
    for (const auto& [name, value] : request.env)
        text += "variable: " + printable(name) + "=" + printable(value) + line_end;
    if (request.pty)
        text += "terminal: " + printable(request.pty->type) + ", " + size_of(request.pty->size) + line_end;
    server_session s = request.accept();
    co_await s.write(text);
    (void)co_await first_of(read_to_end(s), show_events(s, line_end));
    co_await s.exit(0);
}

awaitable<void> serve(server_connection client)
{
    while (auto request = co_await client.next_session())
        spawn(client, show(std::move(*request), client.info()));
}

int main(int argc, char** argv)
try {
    if (argc != 3)
        return std::cerr << "usage: show_session PORT HOST_KEY_FILE\n", 2;
    auto options = server_options().host_key_file(argv[2]).accept_env({"*"});
    options.authenticator(authenticate_authorized_keys("%h/.ssh/authorized_keys"));
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    run([&](executor ex) -> awaitable<void> {
        listener door(ex, {"127.0.0.1", std::uint16_t(std::stoi(argv[1]))}, options);
        while (auto client = co_await door.accept())
            spawn(client, serve(client));
    });
} catch (const std::exception& e) {
    return std::cerr << "show_session: " << e.what() << '\n', 1;
}
