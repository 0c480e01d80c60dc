// interop-sftp-server [PORT HOST_KEY AUTHORIZED_KEYS [ROOT]] - SFTP for clients that are not ours: on standard input and output,
// as `sftp -D` starts it, or over SSH on a port of the loopback. Files are in memory, or below the folder ROOT. In "many" there
// are 500 of them from the beginning.
#include <sshoal/listener.hpp>
#include <sshoal/local_file_system.hpp>
#include <sshoal/memory_file_system.hpp>
#include <sshoal/sftp_server.hpp>

#include <boost/asio/this_coro.hpp>

#include <cstdlib>
#include <iostream>

#include <unistd.h>

namespace {

using sshoal::awaitable;

using files = std::shared_ptr<sshoal::sftp::file_system>;

void log(sshoal::log_level, std::string_view line) { std::cerr << line << std::endl; }

sshoal::sftp::serve_options settings()
{
    sshoal::sftp::serve_options o;
    if (std::getenv("SSHOAL_SFTP_LOG"))
        o.log(log, sshoal::log_level::debug);
    return o;
}

files make_files(const std::string& root)
{
    if (root.empty())
        return sshoal::sftp::make_memory_file_system(sshoal::sftp::memory_options().capacity(std::uint64_t(4) << 30));
    return sshoal::sftp::make_local_file_system(sshoal::sftp::local_options().root(root));
}

awaitable<void> make_many(files f)
{
    const auto made = co_await f->make_directory("many", sshoal::sftp::attributes());
    for (int i = 0; made && i < 500; ++i) {
        auto opening = f->open("many/entry-" + std::to_string(i), sshoal::sftp::open_mode::overwrite, sshoal::sftp::attributes());
        const auto entry = co_await std::move(opening);
        entry.value();
    }
}

awaitable<void> serve_client(sshoal::server_connection client, files f)
{
    while (auto request = co_await client.next_session())
        if (request->what == sshoal::session_request::kind::subsystem && request->command == "sftp")
            spawn(client, sshoal::sftp::serve(request->accept(), f, settings()));
}

awaitable<void> serve_port(int port, std::string key_file, std::string users, std::string root)
{
    const auto ex = co_await sshoal::asio::this_coro::executor;
    const files f = make_files(root);
    co_await make_many(f);
    sshoal::server_options options;
    options.host_key_file(key_file).authenticator(sshoal::authenticate_authorized_keys(users, false));
    sshoal::listener door(ex, {"127.0.0.1", std::uint16_t(port)}, options);
    for (;;) {
        auto client = co_await door.accept();
        spawn(client, serve_client(client, f));
    }
}

awaitable<void> serve_pipes()
{
    const auto ex = co_await sshoal::asio::this_coro::executor;
    auto stream = sshoal::make_descriptor_stream(ex, ::dup(0), ::dup(1));
    auto serving = sshoal::sftp::serve(std::move(stream), sshoal::sftp::make_memory_file_system(), settings());
    co_await std::move(serving);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        if (argc >= 4)
            sshoal::run([&] { return serve_port(std::atoi(argv[1]), argv[2], argv[3], argc > 4 ? argv[4] : ""); });
        else
            sshoal::run([] { return serve_pipes(); });
    } catch (const std::exception& e) {
        std::cerr << "interop-sftp-server: " << e.what() << '\n';
        return 1;
    }
}
