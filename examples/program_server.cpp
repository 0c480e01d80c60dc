// program_server PORT HOST_KEY_FILE - the user who runs it can log in with the keys of ~/.ssh/authorized_keys and run programs:
//
//     ssh-keygen -t ed25519 -N '' -f host_key && program_server 2222 host_key
#include <sshoal/listener.hpp>
#include <sshoal/process_runner.hpp>

#include <iostream>

sshoal::awaitable<void> serve(sshoal::server_connection client)
{
    while (auto request = co_await client.next_session()) // until the connection ends
        spawn(client, sshoal::run_program(std::move(*request)));
}

sshoal::awaitable<void> serve_all(sshoal::executor ex, sshoal::server_options options, std::uint16_t port)
{
    sshoal::listener l(ex, {"127.0.0.1", port}, options);
    for (;;) {
        sshoal::server_connection client = co_await l.accept(); // is logged in
        spawn(client, serve(client));
    }
}

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: program_server PORT HOST_KEY_FILE\n";
        return 2;
    }
    try {
        auto options = sshoal::server_options().host_key_file(argv[2]);
        options.authenticator(sshoal::authenticate_authorized_keys("%h/.ssh/authorized_keys"));
        options.log([](sshoal::log_level, std::string_view line) { std::cerr << line << '\n'; });
        sshoal::run([&](sshoal::executor ex) { return serve_all(ex, options, std::uint16_t(std::stoi(argv[1]))); });
    } catch (const std::exception& e) {
        std::cerr << "program_server: " << e.what() << '\n';
        return 1;
    }
}
