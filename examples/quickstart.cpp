// quickstart - the whole of sshoal in one process: a server with a key made on the spot, and a client that logs in to it over
// loopback, runs a command and streams data.
#include <sshoal/client.hpp>
#include <sshoal/listener.hpp>

#include <iostream>

using namespace sshoal;

namespace {

// What the server does with a session: the command "shout" gives back its input in capitals, "count N" sends N bytes.
awaitable<void> serve_session(session_request request)
{
    server_session s = request.accept();
    std::array<std::byte, 4096> buffer;
    if (request.command == "shout") {
        while (std::size_t n = co_await s.read_some(buffer)) {
            std::string text(reinterpret_cast<const char*>(buffer.data()), n);
            for (char& c : text)
                c = char(std::toupper(static_cast<unsigned char>(c)));
            co_await s.write(text);
        }
    } else if (request.command.starts_with("count ")) {
        std::size_t left = std::stoul(request.command.substr(6));
        while (left > 0) {
            const std::size_t n = std::min(left, buffer.size());
            co_await s.write(std::span<const std::byte>(buffer).first(n));
            left -= n;
        }
    }
    co_await s.exit(0);
}

awaitable<void> serve(server_connection c)
{
    while (auto request = co_await c.next_session())
        spawn(c, serve_session(std::move(*request)));
}

awaitable<void> accept_all(listener l)
{
    for (;;) {
        auto c = co_await l.accept();
        spawn(c, serve(c));
    }
}

awaitable<void> quickstart(executor ex)
{
    // The server: a fresh host key, and one user with one key.
    const auto host_key = private_key::generate(key_type::ed25519).value();
    const auto user_key = private_key::generate(key_type::ed25519).value();
    auto server = server_options().host_key(host_key).authenticator(authenticate_keys({user_key.public_half()}, "alice"));
    listener l(ex, {"127.0.0.1", 0}, server);
    spawn(ex, accept_all(l));
    std::cout << "server    listening on " << l.address() << ", host key " << host_key.public_half().fingerprint() << '\n';

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
    conn.close();
}

} // namespace

int main()
{
    try {
        run(quickstart);
    } catch (const error& e) {
        std::cerr << "quickstart: " << e.what() << '\n';
        return 1;
    }
}
