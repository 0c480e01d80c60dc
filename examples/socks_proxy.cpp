// socks_proxy USER@HOST [LISTEN] - a SOCKS port here, whose clients reach everything that the server reaches, as with ssh -D. Names
// are resolved at the server: curl --proxy socks5h://127.0.0.1:1080 http://intranet/
#include <sshoal/client.hpp>
#include <sshoal/forward.hpp>
#include <sshoal/task.hpp>

#include <iostream>
using namespace sshoal;

awaitable<void> serve_socks(login_target host, std::string listen)
{
    auto options = client_options().known_hosts_default().identities({});
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    connection c = co_await connect(host, options);
    forward::forwarding f = co_await forward::dynamic(c, listen);
    std::cout << "SOCKS at " << f.bound() << std::endl;
    co_await first_of(c.until_closed(), termination());
    const forward::counters all = f.count();
    std::cout << all.opened << " streams, " << all.refused << " refused, " << all.bytes_from_target << " bytes received\n";
}

int main(int argc, char** argv)
try {
    if (argc < 2)
        return std::cerr << "usage: socks_proxy USER@HOST [LISTEN]\n", 2;
    run([&] { return serve_socks(parse_target(argv[1]).value(), argc > 2 ? argv[2] : "1080"); });
} catch (const std::exception& e) {
    return std::cerr << "socks_proxy: " << e.what() << '\n', 1;
}
