// reverse_forward USER@HOST PORT HOST:PORT - connections to a port of the server's loopback address reach a host on this side, as
// with ssh -R. Port 0 takes any port. The protocol is RFC 4254 §7, in the library's own tools for requests and channels.
#include <sshoal/client.hpp>
#include <sshoal/dial.hpp>
#include <sshoal/message.hpp>
#include <sshoal/relay.hpp>
#include <sshoal/result_of.hpp>

#include <iostream>

using namespace sshoal;

awaitable<void> carry(incoming_channel caller, endpoint to)
{
    outcome<std::unique_ptr<byte_stream>> inside = co_await result_of(connect_stream(to));
    if (inside) {
        (void)co_await relay(caller.accept(), std::move(*inside));
    } else {
        std::cerr << inside.error() << std::endl;
        caller.refuse(open_failure::connect_failed, inside.error().message());
    }
}

awaitable<void> forward(login_target host, std::uint32_t port, endpoint to)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(host, options);
    channel_acceptor callers = c.listen_channels("forwarded-tcpip");
    std::vector<std::byte> asked = message_writer().string("localhost").uint32(port).take();
    const std::optional<std::vector<std::byte>> granted = co_await c.request("tcpip-forward", std::move(asked));
    if (!granted)
        throw std::runtime_error("the server does not listen on port " + std::to_string(port) + " for us");
    if (port == 0)
        port = message_reader(*granted).uint32();
    std::cout << "port " << port << " of " << c.info().remote.address() << " is " << to << std::endl;
    for (;;) {
        incoming_channel caller = co_await callers.accept(); // throws the reason when the connection ends
        spawn(c, carry(std::move(caller), to));
    }
}

int main(int argc, char** argv)
try {
    if (argc != 4)
        return std::cerr << "usage: reverse_forward USER@HOST PORT HOST:PORT\n", 2;
    const auto port = std::uint16_t(std::stoul(argv[2]));
    run([&] { return forward(parse_target(argv[1]).value(), port, endpoint::parse(argv[3]).value()); });
} catch (const std::exception& e) {
    return std::cerr << "reverse_forward: " << e.what() << '\n', 1;
}
