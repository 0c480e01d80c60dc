// interop-forward - forwarding at both ends, for tests with OpenSSH:
//
//     serve PORT HOST_KEY AUTHORIZED_KEYS [NAME...]   a server that forwards, and runs `cat` for every session; NAME is "gateway"
//         (the client says at which address the server listens), or "strict" (a policy that allows port 1 and "localhost" only)
//     connect PORT USER KEY [-http AT | -socks AT] [-user NAME:PASSWORD] WHAT...
//         a client, which reaches the server through a proxy if it is given; WHAT is one of these, which may be repeated:
//         -L LISTEN TARGET    -R LISTEN TARGET    -D LISTEN    -RD LISTEN    -W TARGET (standard input and output)
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

awaitable<failure> strict(forward::question q)
{
    if (q.what == forward::question::kind::listen ? q.at.address() == "localhost" : q.at.port() == 1)
        co_return failure();
    co_return failure(make_error_code(open_failure::administratively_prohibited), "not here");
}

awaitable<void> serve_client(server_connection client, forward::serve_options how)
{
    const forward::forwarding served = forward::serve(client, how);
    while (auto request = co_await client.next_session())
        spawn(client, cat(std::move(*request)));
    const forward::counters all = served.count();
    std::cerr << "forwarded " << all.opened << ", refused " << all.refused << ", open " << all.open << std::endl;
}

awaitable<void> serve(words w)
{
    auto options = server_options().host_key_file(w.at(2)).authenticator(authenticate_authorized_keys(w.at(3), false));
    options.log(log_to_stderr, log_level::debug);
    auto how = forward::serve_options().unix_sockets(forward::direction::both);
    for (std::size_t i = 4; i < w.size(); ++i)
        if (w[i] == "gateway")
            how.gateway_ports(forward::gateway::client_specified);
        else
            how.policy(strict);
    const executor ex = co_await asio::this_coro::executor;
    listener l(ex, {"127.0.0.1", std::uint16_t(std::stoi(w.at(1)))}, forward::declare(options));
    for (;;) {
        server_connection client = co_await l.accept();
        spawn(client, serve_client(client, how));
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

awaitable<forward::forwarding> begin(connection c, const std::string& what, const std::string& listen, const std::string& target)
{
    if (what == "-L")
        return forward::local(std::move(c), listen, target);
    if (what == "-R")
        return forward::remote(std::move(c), listen, target);
    return what == "-D" ? forward::dynamic(std::move(c), listen) : forward::remote_dynamic(std::move(c), listen);
}

/// Takes the options of the proxy out of the words. Returns: the proxy.
std::optional<proxy> take_proxy(words& w)
{
    std::optional<proxy> p;
    while (w.size() > 5 && (w[4] == "-http" || w[4] == "-socks" || w[4] == "-user")) {
        const std::string& value = w[5];
        if (w[4] == "-user")
            p.value().log_in(value.substr(0, value.find(':')), value.substr(value.find(':') + 1));
        else
            p = w[4] == "-http" ? http_proxy(endpoint::parse(value).value()) : socks5_proxy(endpoint::parse(value).value());
        w.erase(w.begin() + 4, w.begin() + 6);
    }
    return p;
}

awaitable<void> connect(words w)
{
    const std::optional<proxy> through = take_proxy(w);
    auto options = client_options().user(w.at(2)).port(std::uint16_t(std::stoi(w.at(1)))).identity_file(w.at(3));
    options.verifier(trust_any_host_key_insecurely()).log(log_to_stderr, log_level::debug);
    if (through)
        options.proxy(*through);
    connection c = co_await connect(through ? "localhost" : "127.0.0.1", options);
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
        const std::size_t more = what == "-L" || what == "-R" ? 2 : 1;
        auto beginning = begin(c, what, w.at(i + 1), w.at(i + more));
        forward::forwarding f = co_await std::move(beginning);
        i += 1 + more;
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
