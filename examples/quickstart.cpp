// quickstart - the whole of sshoal in one process: a server with a key made on the spot (quickstart_server.hpp), and a client that
// logs in to it over loopback, runs a command, streams data, moves a directory and forwards a port.
#include "quickstart_server.hpp"

#include <sshoal/client.hpp>
#include <sshoal/dial.hpp>
#include <sshoal/forward.hpp>
#include <sshoal/sftp.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace sshoal;

namespace {

// A directory of 100 files goes to the server and comes back.
awaitable<void> move_directory(connection conn)
{
    std::string folder = std::filesystem::temp_directory_path() / "sshoal-quickstart.XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr)
        throw std::runtime_error("cannot make " + folder);
    std::filesystem::create_directory(folder + "/there");
    for (int i = 0; i < 100; ++i)
        std::ofstream(folder + "/there/file-" + std::to_string(i)) << std::string(1000 * i, 'x');

    sftp::client client = co_await conn.open_sftp();
    const auto how = sftp::transfer_options().recursive().preserve();
    const transfer_result up = co_await client.put(folder + "/there", "there", how);
    const transfer_result down = co_await client.get("there", folder + "/back", how);
    std::cout << "directory " << up.files << " files, " << up.bytes << " bytes to the server, " << down.files << " files back\n";
    std::filesystem::remove_all(folder);
}

// A port of this machine leads through the connection to a service behind the server.
awaitable<void> forward_port(connection conn)
{
    const stream_acceptor service = quickstart::greeter(conn.get_executor());
    forward::forwarding tunnel = co_await forward::local(conn, endpoint("127.0.0.1", 0), service.local());
    auto caller = co_await connect_stream(tunnel.bound());
    (void)co_await caller->wait_readable();
    std::string said(100, ' ');
    error_code ec;
    said.resize(caller->try_read(std::as_writable_bytes(std::span(said)), ec));
    std::cout << "port      " << tunnel.bound() << " is " << service.local() << ", which says: " << said << '\n';
}

awaitable<void> show(executor ex)
{
    // The server: a fresh host key, and one user with one key.
    const auto host_key = private_key::generate(key_type::ed25519).value();
    const auto user_key = private_key::generate(key_type::ed25519).value();
    auto server = server_options().host_key(host_key).authenticator(authenticate_keys({user_key.public_half()}, "alice"));
    listener l(ex, {"127.0.0.1", 0}, forward::declare(server));
    spawn(ex, quickstart::accept_all(l));
    std::cout << "server    listening on " << l.local() << ", host key " << host_key.public_half().fingerprint() << '\n';

    // The client: trusts exactly that key.
    auto options = client_options().user("alice").key(user_key).host_key(host_key.public_half()).port(l.port());
    auto conn = co_await connect("127.0.0.1", options);
    const auto info = conn.info();
    std::cout << "client    logged in as " << info.user << " by " << info.auth_methods.front() << '\n'
              << "agreed    " << info.algorithms.kex << ", " << info.algorithms.host_key << ", " << info.algorithms.cipher_out
              << '\n';

    auto shouted = co_await conn.run("shout", run_options().input("hello from sshoal\n"));
    std::cout << "command   " << shouted.out << "          " << shouted.exit.describe() << '\n';

    auto counting = co_await conn.start("count 50000000");
    std::vector<std::byte> buffer(65536);
    std::size_t total = 0;
    while (std::size_t n = co_await counting.out().read_some(buffer))
        total += n;
    auto exit = co_await counting.wait();
    std::cout << "stream    " << total << " bytes, " << exit.describe() << '\n';
    co_await move_directory(conn);
    co_await forward_port(conn);
    conn.close();
}

} // namespace

int main()
try {
    run(show);
} catch (const std::exception& e) {
    return std::cerr << "quickstart: " << e.what() << '\n', 1;
}
