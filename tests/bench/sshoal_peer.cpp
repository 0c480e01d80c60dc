#include "peer.hpp"

#include <cstdio>
#include <iostream>

int main(int argc, char** argv)
{
    const std::string op = argc > 1 ? argv[1] : "";
    const peer::arguments a(argc, argv);
    try {
        sshoal::run([&](sshoal::executor ex) -> sshoal::awaitable<void> {
            if (op == "server")
                return peer::server(a, ex);
            if (op == "get" || op == "put")
                return peer::bulk(a, op == "get");
            if (op == "echo-beside-bulk")
                return peer::echo_beside_bulk(a);
            if (op == "handshake")
                return peer::handshakes(a, ex);
            if (op == "channels")
                return peer::channels(a, ex);
            if (op.starts_with("sftp-"))
                return peer::sftp_transfer(a, op);
            if (op == "idle")
                return peer::idle(a, ex);
            if (op == "forward")
                return peer::forward_port(a);
            if (op == "tcp-server")
                return peer::tcp_server(a, ex);
            if (op == "tcp-load")
                return peer::tcp_load(a, ex);
            throw std::runtime_error("unknown operation \"" + op + "\"");
        });
    } catch (const std::exception& e) {
        std::cerr << "sshoal-peer: " << e.what() << '\n';
        return 1;
    }
}
