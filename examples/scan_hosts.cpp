// scan_hosts HOST... - shows the host keys and algorithms of servers, and their methods of log-in, as ssh-keyscan and audits do.
#include <sshoal/deadline.hpp>
#include <sshoal/handshake.hpp>
#include <sshoal/task.hpp>

#include "target.hpp"

#include <iostream>

using namespace std::chrono_literals;

std::string in_one_line(const std::vector<std::string>& names)
{
    std::string line;
    for (const std::string& n : names)
        line += " " + n;
    return line;
}

sshoal::awaitable<void> scan(std::string text)
{
    const target at(text);
    auto options = sshoal::client_options().user("scanner").port(at.port()).timeout(10s);
    try {
        sshoal::login server = co_await sshoal::handshake(at.host(), options);
        const sshoal::presented_key key = server.host_key();
        std::cout << text << ' ' << server.peer_identification() << '\n'
                  << "  key     " << key.type_name() << ' ' << key.fingerprint() << '\n'
                  << "  kex    " << in_one_line(server.offered().kex) << '\n'
                  << "  ciphers" << in_one_line(server.offered().ciphers_out) << '\n'
                  << "  macs   " << in_one_line(server.offered().macs_out) << '\n';
        server.trust_host_key(); // nothing secret is sent
        std::vector<std::string> methods = co_await sshoal::within(10s, server.ask_methods());
        std::cout << "  log-in " << in_one_line(methods) << '\n';
    } catch (const std::exception& e) {
        std::cout << text << ": " << e.what() << '\n';
    }
}

sshoal::awaitable<void> scan_all(std::vector<std::string> hosts)
{
    sshoal::task_group all(co_await sshoal::asio::this_coro::executor, 20);
    for (std::string& host : hosts)
        co_await all.start_when_free(scan(std::move(host)));
    co_await all.join();
}

int main(int argc, char** argv)
{
    std::vector<std::string> hosts(argv + 1, argv + argc);
    sshoal::run([&] { return scan_all(std::move(hosts)); });
}
