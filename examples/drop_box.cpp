// drop_box PORT FOLDER - takes files by SFTP and writes them to no disk: each complete file is handed to received(). Nobody can
// read them. FOLDER has the files host_key and authorized_keys. Try: sftp -P PORT localhost
#include <sshoal/listener.hpp>
#include <sshoal/memory_file_system.hpp>
#include <sshoal/sftp_parts.hpp>
#include <sshoal/sftp_server.hpp>

#include <iostream>

using namespace sshoal;
using file_system_ptr = std::shared_ptr<sftp::file_system>;

void received(std::string name, std::string contents)
{
    if (contents.starts_with("MZ"))
        throw error(sftp::fail(sftp::status::permission_denied, "no programs, please")); // the client's put fails with this
    std::cout << "received " << printable(name) << ", " << contents.size() << " bytes" << std::endl;
}

awaitable<void> take(file_system_ptr memory, std::string path)
{
    std::shared_ptr<sftp::open_file> file = (co_await memory->open(path, sftp::open_mode::read, sftp::attributes())).value();
    const sftp::attributes a = (co_await file->stat()).value();
    std::string contents(*a.size, '\0');
    for (std::size_t at = 0, n = 1; n > 0 && at < contents.size(); at += n)
        n = (co_await file->read(at, std::as_writable_bytes(std::span(contents).subspan(at)))).value();
    (co_await memory->remove(path)).value();
    received(sftp::clean_path(path), std::move(contents));
}

awaitable<void> serve(server_connection client, file_system_ptr files)
{
    const auto how = sftp::serve_options().deny({"read"});
    while (auto request = co_await client.next_session())
        if (request->what == session_request::kind::subsystem && request->command == "sftp")
            spawn(client, sftp::serve(request->accept(), files, how));
}

int main(int argc, char** argv)
try {
    if (argc != 3)
        return std::cerr << "usage: drop_box PORT FOLDER\n", 2;
    const std::string folder = argv[2];
    const file_system_ptr memory = sftp::make_memory_file_system();
    const file_system_ptr files = sftp::tell_uploads(memory, [&](std::string path) { return take(memory, path); });
    auto options = server_options().host_key_file(folder + "/host_key");
    options.authenticator(authenticate_authorized_keys(folder + "/authorized_keys"));
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    run([&](executor ex) -> awaitable<void> {
        listener door(ex, {"127.0.0.1", std::uint16_t(std::stoi(argv[1]))}, options);
        while (auto client = co_await door.accept())
            spawn(client, serve(client, files));
    });
} catch (const std::exception& e) {
    return std::cerr << "drop_box: " << e.what() << '\n', 1;
}
