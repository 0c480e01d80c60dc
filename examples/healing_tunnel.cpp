// healing_tunnel USER@HOST LISTEN TARGET - connections to LISTEN here reach TARGET behind the server, as with ssh -L. When the server
// is away, the connection is made anew, LISTEN stays open, and connections to it wait for half a minute.
#include <sshoal/task.hpp>
#include <sshoal/tunnel.hpp>

#include <iostream>

using namespace sshoal;
using namespace std::chrono_literals;

awaitable<void> keep(login_target host, std::string listen, std::string target)
{
    const executor here = co_await asio::this_coro::executor;
    auto login = client_options().known_hosts_default().identities({});
    login.log([](log_level, std::string_view line) { std::cout << line << std::endl; }); // also "alice@gate is down: ..."
    auto how = forward::tunnel_options().reconnect(reconnect_options().keepalive(2s, 2).most_delay(5s));
    forward::tunnel t(here, host, login, how);
    t.add(forward::rule::local(listen, target));
    const std::size_t first = co_await first_of(t.wait_closed(), termination());
    const forward::tunnel_health end = t.health();
    for (const forward::rule_health& r : end.rules)
        std::cout << r.what.to_string() << ": " << r.count.opened << " streams on " << end.link.connections << " connections\n";
    if (first == 0)
        throw error(end.link.why);
}

int main(int argc, char** argv)
try {
    if (argc != 4)
        return std::cerr << "usage: healing_tunnel USER@HOST LISTEN TARGET\n", 2;
    run([&] { return keep(parse_target(argv[1]).value(), argv[2], argv[3]); });
} catch (const std::exception& e) {
    return std::cerr << "healing_tunnel: " << e.what() << '\n', 1;
}
