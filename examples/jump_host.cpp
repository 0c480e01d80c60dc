// jump_host USER@JUMP[:PORT] USER@HOST[:PORT] COMMAND - runs a command on a host that only another host can reach (ssh -J).
//
// The second connection runs inside a channel of the first. It is encrypted from end to end: the host in the middle sees what a
// router would see, and the key of the host behind it is verified here.
#include "target.hpp"

#include <iostream>

using namespace sshoal;

namespace {

awaitable<int> run_behind(target jump, target host, std::string command)
{
    connection first = co_await connect(jump.host(), jump.options());
    channel tunnel = co_await first.open_tcp(host.host(), host.port()); // the jump host makes the TCP connection

    std::unique_ptr<byte_stream> stream = make_channel_stream(tunnel);
    connection second = co_await connect(std::move(stream), host.host(), host.options());

    run_result done = co_await second.run(command);
    std::cout << done.out;
    std::cerr << done.err;
    std::cerr << "(" << second.info().peer_identification << " behind " << first.info().peer_identification << ")\n";
    co_return done.exit.status ? int(*done.exit.status) : 255;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: jump_host USER@JUMP[:PORT] USER@HOST[:PORT] COMMAND\n";
        return 2;
    }
    int status = 255;
    try {
        run([&]() -> awaitable<void> { status = co_await run_behind(target(argv[1]), target(argv[2]), argv[3]); });
    } catch (const std::exception& e) {
        std::cerr << "jump_host: " << e.what() << '\n';
    }
    return status;
}
