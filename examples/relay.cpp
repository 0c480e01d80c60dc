// relay USER@GATE[:PORT] LOCAL_PORT HOST:PORT - connections to a local port reach a host behind the gate (ssh -L).
//
// Each end of a connection is carried alone: a caller that has said all it has to say still gets its answer.
#include "target.hpp"

#include <sshoal/acceptor.hpp>
#include <sshoal/relay.hpp>

#include <iostream>

using namespace sshoal;

namespace {

awaitable<void> carry(connection gate, std::unique_ptr<byte_stream> caller, endpoint to)
{
    const endpoint from = caller->remote();
    channel inside = co_await gate.open_tcp(to.address(), to.port(), from.address(), from.port());
    relay_result r = co_await relay(std::move(inside), std::move(caller));
    std::cout << from << ": " << r.from_b << " bytes there, " << r.from_a << " bytes back" << std::endl;
}

awaitable<void> forward(target gate, std::uint16_t port, endpoint to)
{
    connection c = co_await connect(gate.host(), gate.options());
    stream_acceptor door(c.get_executor(), listen_address("127.0.0.1", port));
    std::cout << door.local() << " is " << to << " behind " << c.info().remote << std::endl;
    for (;;) {
        std::unique_ptr<byte_stream> caller = co_await door.accept();
        spawn(c, carry(c, std::move(caller), to)); // what ends a caller's connection goes to the log
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: relay USER@GATE[:PORT] LOCAL_PORT HOST:PORT\n";
        return 2;
    }
    try {
        const auto port = std::uint16_t(std::stoul(argv[2]));
        const endpoint to = endpoint::parse(argv[3]).value();
        run([&] { return forward(target(argv[1]), port, to); });
    } catch (const std::exception& e) {
        std::cerr << "relay: " << e.what() << '\n';
        return 1;
    }
}
