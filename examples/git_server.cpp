// git_server PORT FOLDER - serves FOLDER/*.git over SSH: git clone ssh://git@localhost:PORT/NAME.git. FOLDER/accounts has lines
// "NAME r|rw KEY-TYPE BASE64"; FOLDER/host_key is the server's key: ssh-keygen -t ed25519 -N '' -f FOLDER/host_key
#include <sshoal/listener.hpp>
#include <sshoal/process_runner.hpp>
#include <sshoal/run_on.hpp>

#include <fstream>
#include <iostream>
#include <regex>

using namespace sshoal;

struct account {
    std::string name;
    bool may_write = false;
};

// Looks a key up, which may take a while; a database would be asked here.
struct account_search {
    std::string folder;
    public_key key;
    std::optional<account> operator()() const
    {
        std::ifstream in(folder + "/accounts");
        for (std::string name, rights, line; in >> name >> rights && std::getline(in >> std::ws, line);)
            if (public_key::from_line(line).value() == key)
                return account{name, rights == "rw"};
        return std::nullopt;
    }
};

awaitable<auth_decision> let_in(auth_request q, std::string folder)
{
    if (q.user != "git" || !q.key)
        co_return auth_decision::reject();
    account_search search{folder, q.key.bare()};
    const std::optional<account> found = co_await run_on(disk_threads(), std::move(search));
    if (!found)
        co_return auth_decision::reject();
    co_return auth_decision::accept(permissions::restricted(), *found); // sessions find the account in the connection
}

// A request that was refused would not tell the client why.
awaitable<void> explain(session_request request, std::string why)
{
    server_session s = request.accept();
    co_await s.write_error(why + "\n");
    co_await s.exit(128);
}

awaitable<void> serve(server_connection client, std::string folder)
{
    const account who = std::any_cast<account>(client.application_data());
    const std::regex known("(git-upload-pack|git-receive-pack) '/?([\\w][\\w.-]*)'");
    std::smatch words;
    while (auto request = co_await client.next_session()) {
        const std::string command = request->command;
        if (request->what != session_request::kind::exec || !std::regex_match(command, words, known)) {
            spawn(client, explain(std::move(*request), "Hello " + who.name + ". Only git works here."));
        } else if (words[1] == "git-receive-pack" && !who.may_write) {
            spawn(client, explain(std::move(*request), who.name + " may not write to " + words[2].str()));
        } else {
            auto how = program_options().shell("/bin/sh").directory(folder).command(words[1].str() + " " + words[2].str());
            spawn(client, run_program(std::move(*request), how));
        }
    }
}

awaitable<void> serve_all(executor ex, std::uint16_t port, std::string folder)
{
    auto options = server_options().host_key_file(folder + "/host_key").accept_env({"GIT_PROTOCOL"});
    options.authenticator([folder](auth_request q) { return let_in(std::move(q), folder); }, {"publickey"});
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    listener door(ex, {"127.0.0.1", port}, options);
    while (auto client = co_await door.accept())
        spawn(client, serve(client, folder));
}

int main(int argc, char** argv)
try {
    if (argc != 3)
        return std::cerr << "usage: git_server PORT FOLDER\n", 2;
    run([&](executor ex) { return serve_all(ex, std::uint16_t(std::stoi(argv[1])), argv[2]); });
} catch (const std::exception& e) {
    return std::cerr << "git_server: " << e.what() << '\n', 1;
}
