// call_home - a device that nobody can reach calls the one who manages it (RFC 8071). The device is the SSH server all the same:
//
//     call_home manager 4334 DEVICE_KEY.pub      waits for the device and asks it for its uptime
//     call_home device HOST:4334 DEVICE_KEY MANAGER_KEY.pub
//
// The manager logs in with the agent's keys or the usual ones; the device tries again ten seconds after the end of a connection.
#include <sshoal/authenticator.hpp>
#include <sshoal/call_home.hpp>
#include <sshoal/process_runner.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>
using namespace sshoal;

namespace {

awaitable<void> manage(executor ex, std::uint16_t port, public_key device)
{
    stream_acceptor door(ex, {"::", port});
    auto options = client_options().user("manager").host_key(device).agent().identity_default().timeout(std::chrono::seconds(30));
    auto calling = take_call(door, "device", options);
    connection c = co_await std::move(calling);
    auto running = c.run("uptime");
    const run_result r = co_await std::move(running);
    std::cout << c.info().remote << " says " << r.out;
}

awaitable<void> serve_session(session_request request) { return run_program(std::move(request)); }

awaitable<void> be_managed(executor ex, endpoint manager, std::string own_key, public_key its_key)
{
    auto options = server_options().host_key_file(own_key).authenticator(authenticate_keys({its_key}, "manager"));
    for (asio::steady_timer pause(ex);;) {
        try {
            auto calling = call_home(manager, options);
            server_connection c = co_await std::move(calling);
            while (auto request = co_await c.next_session())
                spawn(c, serve_session(std::move(*request)));
        } catch (const error& e) {
            std::cerr << e.what() << std::endl;
        }
        pause.expires_after(std::chrono::seconds(10));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

} // namespace

int main(int argc, char** argv)
try {
    const std::string role = argc > 1 ? argv[1] : "";
    if (role == "manager" && argc == 4)
        run([&](executor ex) { return manage(ex, std::uint16_t(std::stoi(argv[2])), public_key::load(argv[3]).value()); });
    else if (role == "device" && argc == 5)
        run([&](executor ex) { return be_managed(ex, endpoint::parse(argv[2]).value(), argv[3], public_key::load(argv[4]).value()); });
    else
        return std::cerr << "usage: call_home manager PORT DEVICE_KEY.pub | device HOST:PORT KEY MANAGER_KEY.pub\n", 2;
} catch (const std::exception& e) {
    return std::cerr << "call_home: " << e.what() << '\n', 1;
}
