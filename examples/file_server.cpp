// file_server PORT HOST_KEY_FILE FOLDER [read-only] - SFTP and scp for one folder: clients see it as "/", and no link and no ".."
// leads out of it. The user who runs it can log in with the keys of ~/.ssh/authorized_keys: sftp -P PORT localhost
#include <sshoal/listener.hpp>
#include <sshoal/local_file_system.hpp>
#include <sshoal/scp.hpp>
#include <sshoal/sftp_server.hpp>

#include <iostream>

using namespace sshoal;

awaitable<void> refuse(session_request request)
{
    server_session s = request.accept(); // a request that is refused tells the client nothing
    co_await s.write_error("This server has files only.\n");
    co_await s.exit(1);
}

awaitable<void> serve(server_connection client, std::shared_ptr<sftp::file_system> files, log_function log)
{
    const std::string name = client.user() + "@" + client.info().remote.to_string() + " ";
    auto how = sftp::serve_options().log([log, name](log_level l, std::string_view line) { log(l, name + std::string(line)); });
    while (auto request = co_await client.next_session()) {
        const std::string command = request->command;
        if (request->what == session_request::kind::subsystem && command == "sftp")
            spawn(client, sftp::serve(request->accept(), files, how));
        else if (request->what == session_request::kind::exec && scp::is_scp(command))
            spawn(client, scp::serve(request->accept(), command, files));
        else
            spawn(client, refuse(std::move(*request)));
    }
}

int main(int argc, char** argv)
try {
    const bool read_only = argc == 5 && argv[4] == std::string_view("read-only");
    if (argc != 4 && !read_only)
        return std::cerr << "usage: file_server PORT HOST_KEY_FILE FOLDER [read-only]\n", 2;
    const log_function log = [](log_level, std::string_view line) { std::cerr << line << std::endl; };
    const auto files = sftp::make_local_file_system(sftp::local_options().root(argv[3]).read_only(read_only));
    auto options = server_options().host_key_file(argv[2]).log(log);
    options.authenticator(authenticate_authorized_keys("%h/.ssh/authorized_keys"));
    run([&](executor ex) -> awaitable<void> {
        listener door(ex, {"127.0.0.1", std::uint16_t(std::stoi(argv[1]))}, options);
        while (auto client = co_await door.accept())
            spawn(client, serve(client, files, log));
    });
} catch (const std::exception& e) {
    return std::cerr << "file_server: " << e.what() << '\n', 1;
}
