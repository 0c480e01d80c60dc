// forward_server PORT HOST_KEY AUTHORIZED_KEYS - a gate: whoever has a key in authorized_keys may forward ports through it, and do
// nothing else. A policy decides where to: nobody reaches the gate itself, and ports of the gate are for "ops" alone. Try it with
// `ssh -N -p PORT -L 8080:example.org:80 127.0.0.1`.
#include <sshoal/authenticator.hpp>
#include <sshoal/forward_server.hpp>
#include <sshoal/listener.hpp>

#include <boost/asio/this_coro.hpp>

#include <iostream>
using namespace sshoal;

namespace {

// It may wait, for a database for example.
awaitable<failure> policy(forward::question q)
{
    const bool listens = q.what == forward::question::kind::listen;
    const bool gate = q.at.address() == "localhost" || q.at.address().starts_with("127.") || q.at.address() == "::1";
    const bool allowed = listens ? q.from.user() == "ops" : !gate;
    std::cout << q.from.user() << (listens ? " listens at " : " to ") << q.at << (allowed ? "" : ": no") << std::endl;
    if (allowed)
        co_return failure();
    co_return failure(make_error_code(open_failure::administratively_prohibited), "not through this gate");
}

awaitable<void> serve_client(server_connection c, forward::serve_options how)
{
    const forward::forwarding served = forward::serve(c, how);
    while (auto request = co_await c.next_session())
        request->refuse("this server only forwards");
}

awaitable<void> gate(std::uint16_t port, std::string host_key, std::string authorized_keys)
{
    auto options = server_options().host_key_file(host_key).authenticator(authenticate_authorized_keys(authorized_keys, false));
    options.log([](log_level, std::string_view line) { std::cerr << line << std::endl; });
    const forward::user_limits users(100, 5); // streams and ports of each user
    const auto how = forward::serve_options().policy(policy).per_user(users);
    const executor ex = co_await asio::this_coro::executor;
    listener l(ex, {"127.0.0.1", port}, forward::declare(options));
    for (;;) {
        server_connection c = co_await l.accept();
        spawn(c, serve_client(c, how));
    }
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc != 4)
        return std::cerr << "usage: forward_server PORT HOST_KEY AUTHORIZED_KEYS\n", 2;
    run([&] { return gate(std::uint16_t(std::stoi(argv[1])), argv[2], argv[3]); });
} catch (const std::exception& e) {
    return std::cerr << "forward_server: " << e.what() << '\n', 1;
}
