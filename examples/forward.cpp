// forward USER@GATE LISTEN TARGET - connections to LISTEN here reach TARGET behind the gate, as with ssh -L.
#include <sshoal/client.hpp>
#include <sshoal/forward.hpp>

#include <iostream>
using namespace sshoal;

awaitable<void> tunnel(login_target gate, std::string here, std::string there)
{
    auto options = client_options().known_hosts_default().identities({});
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    connection c = co_await connect(gate, options);
    forward::forwarding f = co_await forward::local(c, here, there);
    std::cout << f.bound() << " is " << there << std::endl;
    co_await c.until_closed();
}

int main(int argc, char** argv)
try {
    if (argc != 4)
        return std::cerr << "usage: forward USER@GATE LISTEN TARGET\n", 2;
    run([&] { return tunnel(parse_target(argv[1]).value(), argv[2], argv[3]); });
} catch (const std::exception& e) {
    return std::cerr << "forward: " << e.what() << '\n', 1;
}
