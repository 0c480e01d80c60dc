// reverse_forward USER@HOST LISTEN TARGET - connections to LISTEN at the server reach TARGET on this side, as with ssh -R. LISTEN 0
// takes any port.
#include <sshoal/client.hpp>
#include <sshoal/forward.hpp>

#include <iostream>
using namespace sshoal;

awaitable<void> tunnel(login_target host, std::string there, std::string here)
{
    auto options = client_options().known_hosts_default().identities({});
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    connection c = co_await connect(host, options);
    forward::forwarding f = co_await forward::remote(c, there, here);
    std::cout << f.bound() << " of " << c.info().remote.address() << " is " << here << std::endl;
    co_await c.until_closed();
}

int main(int argc, char** argv)
try {
    if (argc != 4)
        return std::cerr << "usage: reverse_forward USER@HOST LISTEN TARGET\n", 2;
    run([&] { return tunnel(parse_target(argv[1]).value(), argv[2], argv[3]); });
} catch (const std::exception& e) {
    return std::cerr << "reverse_forward: " << e.what() << '\n', 1;
}
