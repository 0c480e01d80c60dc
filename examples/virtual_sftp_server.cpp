// virtual_sftp_server.cpp - files that are nowhere: a folder of texts which the program makes while they are read.
//
//     virtual_sftp_server 2222             and with the password that it prints:
//     sftp -P 2222 guest@127.0.0.1         then: ls, get now
#include <sshoal/listener.hpp>
#include <sshoal/sftp_server.hpp>

#include <iostream>
#include <map>

using namespace sshoal;

const auto attributes_of_texts = sftp::attributes().with_permissions(0100444); // its size is not known before it is made
sftp::attributes attributes_of(std::size_t size) { return sftp::attributes(attributes_of_texts).with_size(size); }

// An open file: the text as it was when it was opened.
class text_file : public sftp::open_file {
public:
    explicit text_file(std::string text) : text_(std::move(text)) {}
    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        const std::string part = text_.substr(std::min<std::uint64_t>(offset, text_.size()), into.size());
        co_return part.copy(reinterpret_cast<char*>(into.data()), part.size());
    }
    awaitable<outcome<sftp::attributes>> stat() override { co_return attributes_of(text_.size()); }

private:
    std::string text_;
};

// All entries at once; larger folders are told in portions.
class listing : public sftp::directory_reader {
public:
    explicit listing(std::vector<sftp::directory_entry> e) : entries_(std::move(e)) {}
    awaitable<outcome<std::vector<sftp::directory_entry>>> read(std::size_t) override { co_return std::exchange(entries_, {}); }

private:
    std::vector<sftp::directory_entry> entries_;
};

class texts : public sftp::file_system {
public:
    std::map<std::string, std::string (*)()> makers;
    auto find(const std::string& path) const { return makers.find(path.substr(path.find_last_of('/') + 1)); }
    awaitable<outcome<std::shared_ptr<sftp::open_file>>> open(std::string path, sftp::open_mode, sftp::attributes) override
    {
        if (find(path) == makers.end())
            co_return sftp::fail(sftp::status::no_such_file);
        co_return std::make_shared<text_file>(find(path)->second());
    }
    awaitable<outcome<std::shared_ptr<sftp::directory_reader>>> open_directory(std::string) override
    {
        std::vector<sftp::directory_entry> all;
        for (const auto& [name, make] : makers)
            all.emplace_back(name, attributes_of_texts);
        co_return std::make_shared<listing>(std::move(all));
    }
    awaitable<outcome<sftp::attributes>> stat(std::string path) override
    {
        if (path != "/" && find(path) == makers.end())
            co_return sftp::fail(sftp::status::no_such_file);
        co_return path == "/" ? sftp::attributes().with_permissions(0040555) : attributes_of_texts;
    }
    awaitable<outcome<std::string>> real_path(std::string path) override { co_return path == "." ? std::string("/") : path; }
    bool read_only() const noexcept override { return true; }
};

awaitable<void> serve(server_connection client, std::shared_ptr<sftp::file_system> files)
{
    while (auto request = co_await client.next_session())
        if (request->what == session_request::kind::subsystem && request->command == "sftp")
            spawn(client, sftp::serve(request->accept(), files));
}

int main(int argc, char** argv)
{
    auto files = std::make_shared<texts>();
    files->makers["now"] = [] { return std::to_string(std::time(nullptr)) + " seconds since 1970\n"; };
    files->makers["dice"] = [] { return std::to_string(1 + std::rand() % 6) + "\n"; };
    const auto key = private_key::generate(key_type::ed25519).value(); // a real server keeps one in a file
    const std::string password = key.public_half().fingerprint().substr(7, 8);
    const auto options = server_options().host_key(key).authenticator(authenticate_password("guest", password));
    std::cout << "password " << password << std::endl;
    run([&](executor ex) -> awaitable<void> {
        listener door(ex, {"127.0.0.1", std::uint16_t(argc > 1 ? std::stoi(argv[1]) : 2222)}, options);
        while (auto client = co_await door.accept())
            spawn(client, serve(client, files));
    });
}
