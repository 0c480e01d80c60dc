// install_key USER@HOST FILE.pub - logs in with a password and lets a key log in from then on, as ssh-copy-id does, by SFTP.
#include <sshoal/authorized_keys.hpp>
#include <sshoal/client.hpp>
#include <sshoal/sftp.hpp>

#include <iostream>

#include <unistd.h>

using namespace sshoal;

awaitable<std::optional<std::string>> ask(std::string prompt, unsigned)
{
    const char* typed = ::getpass(prompt.c_str());
    co_return typed ? std::optional<std::string>(typed) : std::nullopt;
}

awaitable<void> install(login_target host, public_key key)
{
    auto options = client_options().known_hosts_default().password(ask);
    connection c = co_await connect(host, options);
    sftp::client files = co_await c.open_sftp(); // begins in the home directory
    const auto for_its_owner = sftp::attributes().with_permissions(0700);
    const bool has_folder = co_await files.exists(".ssh");
    if (!has_folder)
        co_await files.make_directory(".ssh", for_its_owner);
    const std::string path = ".ssh/authorized_keys";
    const bool has_file = co_await files.exists(path);
    std::string text;
    if (has_file)
        text = co_await files.get_contents(path);
    authorized_keys listed;
    listed.read(text);
    for (const auto* lines : {&listed.entries(), &listed.restricted()})
        for (const authorized_key& k : *lines)
            if (k.key == key) {
                std::cout << "the key is there already, in line " << k.line << '\n';
                co_return;
            }
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    auto how = sftp::transfer_options().by_rename(); // a connection that is lost leaves the old file
    co_await files.put_contents(text + key.line() + "\n", path, how);
    co_await files.chmod(path, 0600);
    std::cout << "added " << key.fingerprint() << '\n';
}

int main(int argc, char** argv)
try {
    if (argc != 3)
        return std::cerr << "usage: install_key USER@HOST FILE.pub\n", 2;
    run([&] { return install(parse_target(argv[1]).value(), public_key::load(argv[2]).value()); });
} catch (const std::exception& e) {
    return std::cerr << "install_key: " << e.what() << '\n', 1;
}
