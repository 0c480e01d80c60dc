// virtual_sftp_server [PORT] - files that are nowhere: a folder of texts that the program makes when they are read.
//
//     sftp -P 2222 guest@127.0.0.1         with the password that the program prints; then: ls, get now
#include <sshoal/listener.hpp>
#include <sshoal/sftp_parts.hpp>
#include <sshoal/sftp_server.hpp>

#include <ctime>
#include <iostream>
#include <map>

using namespace sshoal;

class texts : public sftp::file_system {
public:
    std::map<std::string, std::function<std::string()>> makers; // by path
    awaitable<outcome<std::shared_ptr<sftp::open_file>>> open(std::string path, sftp::open_mode, sftp::attributes) override
    {
        const auto maker = makers.find(sftp::clean_path(path));
        if (maker == makers.end())
            co_return sftp::fail(sftp::status::no_such_file);
        co_return sftp::make_text_file(maker->second()); // stays as it is while it is open
    }
    awaitable<outcome<std::shared_ptr<sftp::directory_reader>>> open_directory(std::string) override
    {
        std::vector<sftp::directory_entry> all;
        for (const auto& [path, make] : makers)
            all.emplace_back(path.substr(1), of_a_text);
        co_return sftp::make_listing(std::move(all));
    }
    awaitable<outcome<sftp::attributes>> stat(std::string path) override
    {
        path = sftp::clean_path(path);
        if (path == "/")
            co_return sftp::attributes().with_permissions(0040555);
        if (!makers.contains(path))
            co_return sftp::fail(sftp::status::no_such_file);
        co_return of_a_text;
    }
    awaitable<outcome<std::string>> real_path(std::string path) override { co_return sftp::clean_path(path); }
    bool read_only() const noexcept override { return true; }

private:
    const sftp::attributes of_a_text = sftp::attributes().with_permissions(0100444); // the size is not known before it is read
};

awaitable<void> serve(server_connection client, std::shared_ptr<sftp::file_system> files)
{
    while (auto request = co_await client.next_session())
        if (request->what == session_request::kind::subsystem && request->command == "sftp")
            spawn(client, sftp::serve(request->accept(), files));
}

int main(int argc, char** argv)
try {
    auto files = std::make_shared<texts>();
    files->makers["/now"] = [] { return std::to_string(std::time(nullptr)) + " seconds since 1970\n"; };
    files->makers["/dice"] = [] { return std::to_string(1 + std::rand() % 6) + "\n"; };
    const auto key = private_key::generate(key_type::ed25519).value(); // a real server keeps one in a file
    const std::string password = key.public_half().fingerprint().substr(7, 8);
    const auto options = server_options().host_key(key).authenticator(authenticate_password("guest", password));
    run([&](executor ex) -> awaitable<void> {
        listener door(ex, {"127.0.0.1", std::uint16_t(argc > 1 ? std::stoi(argv[1]) : 2222)}, options);
        std::cout << "password " << password << std::endl;
        while (auto client = co_await door.accept())
            spawn(client, serve(client, files));
    });
} catch (const std::exception& e) {
    return std::cerr << "virtual_sftp_server: " << e.what() << '\n', 1;
}
