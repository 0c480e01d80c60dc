// forward USER@GATE ADDRESS:PORT HOST:PORT - connections to the address here reach HOST:PORT behind the gate, as with ssh -L.
#include <sshoal/acceptor.hpp>
#include <sshoal/client.hpp>
#include <sshoal/relay.hpp>
#include <sshoal/result_of.hpp>

#include <iostream>

using namespace sshoal;

awaitable<void> carry(connection gate, std::unique_ptr<byte_stream> caller, endpoint to)
{
    outcome<channel> inside = co_await result_of(gate.open_tcp(to.address(), to.port()));
    if (inside)
        (void)co_await relay(*inside, std::move(caller));
    else
        std::cerr << inside.error() << '\n';
}

awaitable<void> forward(login_target gate, endpoint here, endpoint there)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(gate, options);
    spawn(c.get_executor(), c.until_closed()); // throws the reason out of run()
    stream_acceptor door(c.get_executor(), listen_address(here));
    while (std::unique_ptr<byte_stream> caller = co_await door.accept())
        spawn(c, carry(c, std::move(caller), there));
}

int main(int argc, char** argv)
try {
    if (argc != 4)
        return std::cerr << "usage: forward USER@GATE ADDRESS:PORT HOST:PORT\n", 2;
    const endpoint here = endpoint::parse(argv[2]).value(), there = endpoint::parse(argv[3]).value();
    run([&] { return forward(parse_target(argv[1]).value(), here, there); });
} catch (const std::exception& e) {
    return std::cerr << "forward: " << e.what() << '\n', 1;
}
