// interop-forward - forwarding at both ends, for tests with OpenSSH:
//
//     serve PORT HOST_KEY AUTHORIZED_KEYS         a server that forwards, and runs `cat` for every session
//     connect PORT USER KEY WHAT...               a client; WHAT is one of these, which may be repeated:
//         -L LISTEN TARGET    -W TARGET (standard input and output)
//
// A client prints "ready" with the port of each forwarding, and ends with its standard input.
#include <sshoal/authenticator.hpp>
#include <sshoal/client.hpp>
#include <sshoal/forward.hpp>
#include <sshoal/forward_server.hpp>
#include <sshoal/host_key_verifier.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/relay.hpp>

#include <boost/asio/this_coro.hpp>

#include <iostream>

#include <unistd.h>

namespace {

using namespace sshoal;
using words = std::vector<std::string>;

void log_to_stderr(log_level, std::string_view line) { std::cerr << line << std::endl; }

awaitable<void> cat(session_request request)
{
    server_session s = request.accept();
    std::vector<std::byte> buffer(32768);
    for (;;) {
        const std::size_t n = co_await s.read_some(buffer);
        if (n == 0)
            break;
        co_await s.write(std::span<const std::byte>(buffer).first(n));
    }
    co_await s.exit(0);
}

awaitable<void> serve_client(server_connection client)
{
    const forward::forwarding served = forward::serve(client);
    while (auto request = co_await client.next_session())
        spawn(client, cat(std::move(*request)));
    const forward::counters all = served.count();
    std::cerr << "forwarded " << all.opened << ", refused " << all.refused << ", open " << all.open << std::endl;
}

awaitable<void> serve(words w)
{
    auto options = server_options().host_key_file(w.at(2)).authenticator(authenticate_authorized_keys(w.at(3), false));
    options.log(log_to_stderr, log_level::debug);
    const executor ex = co_await asio::this_coro::executor;
    listener l(ex, {"127.0.0.1", std::uint16_t(std::stoi(w.at(1)))}, forward::declare(options));
    for (;;) {
        server_connection client = co_await l.accept();
        spawn(client, serve_client(client));
    }
}

awaitable<void> until_end_of_input()
{
    const executor ex = co_await asio::this_coro::executor;
    const auto input = make_descriptor_stream(ex, ::dup(0), ::dup(1));
    std::byte buffer[256];
    for (;;) {
        error_code ec;
        (void)input->try_read(buffer, ec);
        if (ec == asio::error::would_block)
            ec = co_await input->wait_readable();
        if (ec)
            co_return;
    }
}

awaitable<void> connect(words w)
{
    auto options = client_options().user(w.at(2)).port(std::uint16_t(std::stoi(w.at(1)))).identity_file(w.at(3));
    options.verifier(trust_any_host_key_insecurely()).log(log_to_stderr, log_level::debug);
    connection c = co_await connect("127.0.0.1", options);
    std::vector<forward::forwarding> all;
    std::string ports;
    for (std::size_t i = 4; i < w.size();) {
        const std::string& what = w[i];
        if (what == "-W") {
            const endpoint target = endpoint::parse(w.at(i + 1)).value();
            channel there = co_await forward::connect(c, target);
            auto here = make_descriptor_stream(c.get_executor(), 0, 1);
            (void)co_await relay(std::move(here), std::move(there));
            co_return;
        }
        forward::forwarding f = co_await forward::local(c, w.at(i + 1), w.at(i + 2));
        i += 3;
        ports += ' ' + std::to_string(f.port());
        all.push_back(std::move(f));
    }
    std::cout << "ready" << ports << std::endl;
    co_await until_end_of_input();
}

} // namespace

int main(int argc, char** argv)
try {
    const words w(argv + 1, argv + argc);
    if (w.size() < 4)
        return 2;
    run([&] { return w[0] == "serve" ? serve(w) : connect(w); });
} catch (const std::exception& e) {
    std::cerr << "interop-forward: " << e.what() << '\n';
    return 1;
}
