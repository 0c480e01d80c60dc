// test_in_memory - tests a program's own code against a server in the same process: no socket, no file, no other program.
#include <sshoal/client.hpp>
#include <sshoal/memory_file_system.hpp>
#include <sshoal/server_connection.hpp>
#include <sshoal/sftp.hpp>
#include <sshoal/sftp_server.hpp>

#include <iostream>
#include <map>

using namespace sshoal;

// The code under test.
awaitable<void> publish(connection c, std::string text)
{
    sftp::client files = co_await c.open_sftp();
    co_await files.write_all("/news.new", text);
    co_await files.replace("/news.new", "/news");
    const run_result reloaded = co_await c.run("reload");
    if (!reloaded.ok())
        throw std::runtime_error("reload: " + reloaded.exit.describe());
}

// The server: answers of commands, and files in memory. Tests look at `asked` and `files` afterwards.
class test_server {
public:
    std::map<std::string, std::string> answers; ///< what a command prints; any other command fails with 127
    std::vector<std::string> asked;
    std::shared_ptr<sftp::file_system> files = sftp::make_memory_file_system();

    awaitable<connection> connected()
    {
        const executor here = co_await asio::this_coro::executor;
        const private_key key = private_key::generate(key_type::ed25519).value();
        auto ends = make_memory_streams(here, here);
        auto server = server_options().host_key(key).authenticator(authenticate_password("test", "test"));
        spawn(here, serve(std::move(ends.second), std::move(server)));
        auto client = client_options().user("test").password("test").host_key(key.public_half());
        connection c = co_await connect(std::move(ends.first), "server-under-test", std::move(client));
        co_return c;
    }

private:
    awaitable<void> serve(std::unique_ptr<byte_stream> stream, server_options options)
    {
        server_connection c = co_await accept(std::move(stream), std::move(options));
        while (auto request = co_await c.next_session()) {
            if (request->what == session_request::kind::subsystem)
                spawn(c, sftp::serve(request->accept(), files));
            else
                spawn(c, answer(request->accept(), request->command));
        }
    }
    awaitable<void> answer(server_session s, std::string command)
    {
        asked.push_back(command);
        const auto known = answers.find(command);
        if (known != answers.end())
            co_await s.write(known->second);
        co_await s.exit(known != answers.end() ? 0 : 127);
    }
};

awaitable<int> test_publish()
{
    test_server server;
    server.answers["reload"] = "";
    connection c = co_await server.connected();
    co_await publish(c, "all is well");
    sftp::client files = co_await c.open_sftp();
    const std::string news = co_await files.read_all("/news");
    const bool good = news == "all is well" && server.asked == std::vector<std::string>{"reload"};
    c.close();
    std::cout << (good ? "passed\n" : "failed\n");
    co_return good ? 0 : 1;
}

int main()
{
    return sshoal::run(test_publish);
}
